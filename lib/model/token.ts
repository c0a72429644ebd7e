import type { Millis } from './basic.ts';

/** Each may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** A token that was given out while Nightshift ran: never the token itself. */
export interface TokenGrant {
  /** The actor in the audit. */
  readonly name: string;
  readonly role: Role;
  /** Of the token, lower-case hexadecimal. Tokens are random and long, so a plain SHA-256 hides them. */
  readonly sha256: string;
  readonly by: string;
  readonly at: Millis;
}
