import { TestEnvironment } from 'jest-environment-node';

// Jest runs tests in a realm of its own, where `instanceof Error` is false for errors made by fs, fetch or node:sqlite.
export default class extends TestEnvironment {
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
