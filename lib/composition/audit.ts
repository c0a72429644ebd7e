import { readFile } from 'node:fs/promises';
import { openAuditCopy } from '../adapters/embedded/auditCopy.ts';
import { verifierOf } from '../adapters/embedded/auditKey.ts';
import { type AuditReport, verifyAudit } from '../loop/rootsVerify.ts';
import { invalid } from '../model/errors.ts';
import { sha256 } from './catalogueFiles.ts';

/**
 * Checks a data folder, or a copy of one, with nobody running. Without a key only the chains are checked. Throws `absent`
 * `data.absent`, `input` `data.newer`, `audit.key`, `failed` `data.unavailable`, `ledger.unavailable`.
 */
export async function verifyCopy(folder: string, keyFile: string | null): Promise<AuditReport> {
  const verifier = keyFile === null ? null : verifierOf(await keyText(keyFile), '--key');
  const copy = openAuditCopy(folder);
  try {
    return await verifyAudit({ ledger: copy.ledger, blobs: copy.blobs, sha256, verifier });
  } finally {
    copy.close();
  }
}

async function keyText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw invalid('audit.key', `${file} cannot be read`, {
      field: '--key',
      expected: 'the exported public.pem',
      cause,
    });
  }
}
