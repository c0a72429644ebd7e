import { createHash } from 'node:crypto';
import { checkDocument, PREAMBLE } from '../../lib/catalogue/document.ts';
import type { Runbook } from '../../lib/model/runbook.ts';

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

export const DISPATCH = {
  executionId: {
    type: 'String',
    description: 'Names the execution.',
    interpolationType: 'ENV_VAR',
    allowedPattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$',
  },
  notAfter: {
    type: 'String',
    description: 'Milliseconds since the epoch.',
    interpolationType: 'ENV_VAR',
    allowedPattern: '^[0-9]{13}$',
  },
};

export const parameter = (allowedPattern: string, more: object = {}) => ({
  type: 'String',
  description: 'A value.',
  interpolationType: 'ENV_VAR',
  allowedPattern,
  ...more,
});

/** The one allowed form around the lines of an act. */
export function sampleDocument(
  act: readonly string[],
  parameters: Record<string, unknown> = {},
  timeoutSeconds: unknown = '60',
) {
  const lines = [...PREAMBLE, '# describe', '# assert', '# act', ...act, '# check'];
  return {
    schemaVersion: '2.2',
    description: 'A sample.',
    parameters: { ...DISPATCH, ...parameters },
    mainSteps: [{ action: 'aws:runShellScript', name: 'sample', inputs: { timeoutSeconds, runCommand: lines } }],
  };
}

export const checked = (
  document: unknown,
  effect: 'read' | 'change' = 'change',
  file = 'packs/x/runbooks/sample.json',
) => checkDocument(JSON.stringify(document), file, { effect, minutesSaved: 5, pack: 'x' }, sha256);

export const sampleRunbook = (...of: Parameters<typeof sampleDocument>): Runbook => checked(sampleDocument(...of));
