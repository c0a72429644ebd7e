import type { Operations } from '../loop/operations.ts';
import type { Cache } from '../ports/cache.ts';
import type { Clock, Ids, Log } from '../ports/edges.ts';
import type { Description } from './openapi.ts';
import type { TokenStore } from './tokens.ts';

export interface ApiSettings {
  readonly operations: Operations;
  readonly tokens: TokenStore;
  readonly intake: {
    /** A rotatable pair of bearer tokens; [] opens the webhook on a loopback listener and closes it on any other. */
    readonly tokens: readonly string[];
    readonly maxBytes: number;
    readonly maxAlerts: number;
  };
  /** What `openApi()` says. A function reads it: what makes it is a good part of the whole API's code. */
  readonly description: () => Promise<Description>;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'next'>;
  readonly log: Log;
  readonly cache: Cache;
  /** Signing secrets, a pair while one is rotated. Without any, the callback does not exist. */
  readonly slack?: { readonly secrets: readonly string[] };
  readonly pagerduty?: { readonly secrets: readonly string[] };
  /** The listener is reachable from this machine only. */
  readonly loopback: boolean;
  /** Where people reach this Nightshift, for Host, Origin and links. */
  readonly url: string;
}
