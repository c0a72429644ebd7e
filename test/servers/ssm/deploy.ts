import {
  CreateDocumentCommand,
  type SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from '@aws-sdk/client-ssm';
import type { Runbook } from '../../../lib/model/runbook.ts';

/** What a deployment does with a runbook: a changed one is a new version, and the default. */
export async function deploy(client: SSMClient, Name: string, { document }: Pick<Runbook, 'document'>): Promise<void> {
  const Content = JSON.stringify(document);
  try {
    await client.send(new CreateDocumentCommand({ Name, Content, DocumentType: 'Command', DocumentFormat: 'JSON' }));
    return;
  } catch (error) {
    if ((error as Error).name !== 'DocumentAlreadyExists') throw error;
  }
  try {
    const { DocumentDescription: made } = await client.send(
      new UpdateDocumentCommand({ Name, Content, DocumentVersion: '$LATEST', DocumentFormat: 'JSON' }),
    );
    const DocumentVersion = made?.DocumentVersion ?? '';
    await client.send(new UpdateDocumentDefaultVersionCommand({ Name, DocumentVersion }));
  } catch (error) {
    // The same text again: it is there.
    if ((error as Error).name !== 'DuplicateDocumentContent') throw error;
  }
}
