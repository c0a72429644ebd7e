import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import type { Operations } from '../loop/operations.ts';
import { ROLES, type Role } from '../model/token.ts';

export { ROLES, type Role } from '../model/token.ts';

/** Whoever presented a token: its name is the actor in the audit. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

/** A token as it is kept: never the token itself. Tokens are random and long, so a plain SHA-256 hides them. */
export interface TokenRecord extends Caller {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

export const tokenName = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/));

/** The token file: `{"tokens": [{"name": "alice", "role": "approver", "sha256": "…"}]}`. */
export const tokenFile = z.strictObject({
  tokens: z.array(
    z.strictObject({
      name: tokenName,
      role: z.enum(ROLES),
      sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
});

/** Where the named tokens are. `find` answers null for a token nobody was given; it throws where the tokens cannot be read. */
export interface TokenStore {
  find(token: string): Promise<Caller | null>;
}

export const allows = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
export const tokenHash = (token: string): string => digest(token).toString('hex');

/** Digests are compared, so that neither content nor length of a secret shows in the time it takes. */
export function sameSecret(presented: string, secret: string): boolean {
  return timingSafeEqual(digest(presented), digest(secret));
}

/** Looks at every one, also after a match. An empty list opens nothing. */
export function oneOf(presented: string, secrets: readonly string[]): boolean {
  return secrets.map((secret) => secret !== '' && sameSecret(presented, secret)).includes(true);
}

export function findToken(records: readonly TokenRecord[], token: string): Caller | null {
  const hash = Buffer.from(tokenHash(token));
  const matches = records.filter((record) => timingSafeEqual(Buffer.from(record.sha256), hash));
  const [match] = matches;
  return match === undefined ? null : { name: match.name, role: match.role };
}

/** Those of the installation and those that were given out since. */
export const withGranted = (tokens: TokenStore, operations: Pick<Operations, 'tokens'>): TokenStore => ({
  find: async (token) => (await tokens.find(token)) ?? findToken(await operations.tokens(), token),
});

/** The token of `Authorization: Bearer …`, null where there is none. */
export function bearerOf(headers: Headers): string | null {
  return /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i.exec(headers.get('authorization') ?? '')?.[1] ?? null;
}
