import type { Actor } from '../model/basic.ts';
import { absent, refused } from '../model/errors.ts';
import type { TokenGrant } from '../model/token.ts';
import type { Deps } from './deps.ts';
import { setRecord } from './setRecord.ts';

type Needs = Pick<Deps, 'ledger' | 'clock'>;

const PREFIX = 'token/';
/** The token of the first start, and Nightshift itself: two holders of one name could not be told apart in the audit. */
const TAKEN = ['local', 'nightshift'];

export async function grants(deps: Needs): Promise<readonly TokenGrant[]> {
  const records = await deps.ledger.records<TokenGrant>(PREFIX);
  return records.flatMap(({ value }) => (value === null ? [] : [value]));
}

/** `refused` `token.name` where the name has a token. */
export async function grant(
  deps: Needs,
  asked: Pick<TokenGrant, 'name' | 'role' | 'sha256'>,
  actor: Actor,
): Promise<TokenGrant> {
  const { name, role, sha256 } = asked;
  const { version, value } = await deps.ledger.record<TokenGrant>(PREFIX + name);
  if (value !== null || TAKEN.includes(name))
    throw refused('token.name', `${name} has a token already`, { field: 'name', expected: 'a name of its own' });
  const made: TokenGrant = { name, role, sha256, by: actor.name, at: deps.clock.now() };
  await setRecord(deps, PREFIX + name, version, made, `a token of role ${role} for ${name}`, actor);
  return made;
}

/** From then on it opens nothing. `absent` `token.absent`. */
export async function revoke(deps: Needs, name: string, reason: string, actor: Actor): Promise<void> {
  const { version, value } = await deps.ledger.record<TokenGrant>(PREFIX + name);
  if (value === null) throw absent('token.absent', `no token was given to ${name}`, { field: 'name' });
  await setRecord(deps, PREFIX + name, version, null, reason, actor);
}
