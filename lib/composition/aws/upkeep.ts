import { s3Blobs } from '../../adapters/aws/blobs.ts';
import { dynamo, s3 } from '../../adapters/aws/clients.ts';
import { dynamoLedger } from '../../adapters/aws/ledger/ledger.ts';
import { signerOf } from '../../adapters/embedded/auditKey.ts';
import { rootKeeper } from '../../loop/roots.ts';
import { invalid } from '../../model/errors.ts';
import { base } from './base.ts';
import { variable } from './environment.ts';
import { once } from './once.ts';

const ledger = () => dynamoLedger(dynamo(), variable('NIGHTSHIFT_TABLE'));

const keeper = once(async () => {
  const { settings, clock, sha256 } = await base();
  if (settings.audit.key === null)
    throw invalid('audit.key', 'no key signs the audit', {
      field: 'audit.key',
      expected: 'ssm:/nightshift/<stage>/audit-key, an Ed25519 key in PEM',
    });
  const blobs = s3Blobs(s3(), variable('NIGHTSHIFT_AUDIT_BUCKET'));
  return rootKeeper({ ledger: ledger(), blobs, clock, sha256 }, signerOf(settings.audit.key, 'audit.key'));
});

/** A keeper that was overtaken or interrupted signs at the next call; nothing is lost by it. */
export async function signRoot(): Promise<{ readonly seq: number | null }> {
  const signed = await (await keeper())();
  return { seq: signed?.body.seq ?? null };
}

/** Throws what the ledger throws; what is left is forgotten the next day. */
export async function cleanup(): Promise<{ readonly outbox: number; readonly claims: number }> {
  const { settings, clock } = await base();
  return ledger().prune(clock.now() - settings.retention);
}
