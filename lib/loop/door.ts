import type { Millis } from '../model/basic.ts';
import { busy, describe } from '../model/errors.ts';
import type { Signal } from '../model/signal.ts';
import { type Ears, hear } from './hear.ts';

/** Whoever was refused comes again within this. */
const FRESH = 30_000;

/** Where signals come in. It remembers whether it could take the last of them: a full disk still answers every read. */
export interface Door {
  hear(signals: readonly Signal[], truncated: boolean): Promise<void>;
  /** Throws `busy` `intake.refusing` where the last signals were refused, and that not long ago. */
  check(): void;
}

export function createDoor(deps: Ears): Door {
  let refused: { readonly at: Millis; readonly why: string } | null = null;
  return {
    async hear(signals, truncated) {
      try {
        await hear(deps, signals, truncated);
        refused = null;
      } catch (error) {
        refused = { at: deps.clock.now(), why: describe(error) };
        throw error;
      }
    },
    check() {
      if (refused === null || deps.clock.now() - refused.at > FRESH) return;
      throw busy('intake.refusing', `the last signals were not taken: ${refused.why}`);
    },
  };
}
