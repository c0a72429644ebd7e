import { createHash } from 'node:crypto';
import { DescribeDocumentCommand, GetDocumentCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { canonicalJson } from '../../model/canonical.ts';
import { refused } from '../../model/errors.ts';
import type { Runbook } from '../../model/runbook.ts';
import { hasName } from './errors.ts';

/** What a send names, so that the text that was compared is the text that runs. */
export interface PinnedDocument {
  readonly name: string;
  readonly version: string;
  /** SHA-256 that SSM keeps of the document's text, hex. */
  readonly hash: string;
}

/** The name under which a runbook is deployed. */
export const documentName = (prefix: string, runbook: string): string => `${prefix}${runbook}`;

/**
 * Reads a runbook's document back from SSM, compares it with the approved one and pins its version. Kept as long as the
 * process lives: a version's text never changes. Throws `refused` `runner.hash` where they differ, `runner.document` where
 * there is none.
 */
export function pinnedDocuments(client: SSMClient, prefix: string): (runbook: Runbook) => Promise<PinnedDocument> {
  const kept = new Map<string, PinnedDocument>();
  return async (runbook) => {
    const known = kept.get(runbook.hash);
    if (known !== undefined) return known;
    const pinned = await pin(client, documentName(prefix, runbook.name), runbook);
    kept.set(runbook.hash, pinned);
    return pinned;
  };
}

async function pin(client: SSMClient, Name: string, runbook: Runbook): Promise<PinnedDocument> {
  const text = await contentOf(client, Name);
  const content: unknown = JSON.parse(text.Content ?? 'null');
  if (sha256(canonicalJson(content)) !== runbook.hash) {
    throw refused('runner.hash', `document ${Name} is not what was approved: deploy the packs again`, {
      field: 'runbook.hash',
      expected: runbook.hash,
    });
  }
  const version = text.DocumentVersion ?? '';
  const { Document } = await client.send(new DescribeDocumentCommand({ Name, DocumentVersion: version }));
  return { name: Name, version, hash: Document?.Hash ?? '' };
}

async function contentOf(client: SSMClient, Name: string) {
  try {
    return await client.send(new GetDocumentCommand({ Name, DocumentVersion: '$DEFAULT', DocumentFormat: 'JSON' }));
  } catch (cause) {
    if (!hasName(cause, 'InvalidDocument', 'InvalidDocumentVersion')) throw cause;
    throw refused('runner.document', `there is no document ${Name}: deploy the packs`, { field: 'runbook', cause });
  }
}

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
