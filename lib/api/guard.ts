import { refused } from '../model/errors.ts';
import { unauthenticated } from './errors.ts';
import type { Role, TokenStore } from './tokens.ts';
import { allows, bearerOf, type Caller } from './tokens.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

export interface Doors {
  readonly tokens: TokenStore;
  /** The listener is reachable from this machine only. */
  readonly loopback: boolean;
  /** Where people reach this Nightshift. */
  readonly url: string;
}

/**
 * A page of another site can make a browser call this machine under a name that the page's owner points here. So only
 * names that are ours are answered. Throws `refused` `api.host`.
 */
export function checkHost(host: string | null, doors: Pick<Doors, 'url'>): void {
  const own = new URL(doors.url).host;
  if (host !== null && (LOOPBACK.test(host) || host.toLowerCase() === own)) return;
  const detail = { field: 'host', expected: `localhost, 127.0.0.1, [::1] or ${own} (setting url)` };
  throw refused('api.host', `This is not '${(host ?? '').slice(0, 100)}'.`, detail);
}

/** Browsers say where a request comes from, programs do not. Throws `refused` `api.origin`. */
export function checkOrigin(headers: Headers, doors: Pick<Doors, 'url'>, host: string): void {
  const origin = headers.get('origin');
  const site = headers.get('sec-fetch-site');
  const own = [new URL(doors.url).origin, `http://${host}`, `https://${host}`];
  const foreign = origin === null ? site === 'cross-site' || site === 'same-site' : !own.includes(origin);
  if (!foreign) return;
  const detail = { field: 'origin', expected: `no Origin header, or ${own[0]}` };
  throw refused('api.origin', 'Another site may not change anything here.', detail);
}

/** Null where no token was presented. Throws `refused` `api.unauthenticated` for one that nobody was given. */
async function callerOf(headers: Headers, tokens: TokenStore): Promise<Caller | null> {
  if (headers.get('authorization') === null) return null;
  const token = bearerOf(headers);
  const caller = token === null ? null : await tokens.find(token);
  if (caller === null) throw unauthenticated('This token opens nothing here.');
  return caller;
}

/**
 * Reading is open on a loopback listener; everything else takes a token of sufficient role, there too. Throws `refused`
 * `api.unauthenticated` or `api.forbidden`.
 */
export async function admit(headers: Headers, role: Role, changes: boolean, doors: Doors): Promise<Caller | null> {
  const caller = await callerOf(headers, doors.tokens);
  if (caller !== null) {
    if (allows(caller.role, role)) return caller;
    const detail = { field: 'authorization', expected: `a token of role ${role} or higher` };
    throw refused('api.forbidden', `'${caller.name}' has the role ${caller.role}.`, detail);
  }
  if (changes || !doors.loopback) throw unauthenticated('A token is needed.');
  return null;
}
