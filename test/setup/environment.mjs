import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

const { createContext } = vm;

// Jest runs tests in a realm of its own, where `instanceof Error` is false for errors made by fs, fetch or node:sqlite.
export default class extends TestEnvironment {
  constructor(...given) {
    // Jest puts a proxy before the realm's globals, which is asked at each `Math` and `Number`: the scorer is five times slower behind it.
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...given);
    } finally {
      vm.createContext = createContext;
    }
  }

  async setup() {
    await super.setup();
    this.global.Error.isError ??= Error.isError;
    Object.defineProperty(this.global.Error, Symbol.hasInstance, {
      value(candidate) {
        return this === Error_(this)
          ? Error.isError(candidate)
          : Function.prototype[Symbol.hasInstance].call(this, candidate);
      },
    });
    const own = this.global.Error;
    function Error_() {
      return own;
    }
  }
}
