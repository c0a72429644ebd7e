import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle } from '../../model/catalogue.ts';
import { failed } from '../../model/errors.ts';
import type { Settings } from '../../model/settings.ts';

/** What `infra/package.ts` wrote beside the functions: packs and policies compiled, and nightshift.yaml checked. */
export interface Packed {
  readonly bundle: Bundle;
  /** Secrets are still names (`ssm:/…`): no package ever holds one. */
  readonly settings: Settings;
  readonly version: string;
}

export const PACKED_FILE = 'build/catalogue.json';

/** Throws `failed` `aws.package` where the function was packaged without it. */
export async function readPacked(root = process.env.LAMBDA_TASK_ROOT ?? process.cwd()): Promise<Packed> {
  try {
    return JSON.parse(await readFile(join(root, PACKED_FILE), 'utf8')) as Packed;
  } catch (cause) {
    throw failed('aws.package', `${PACKED_FILE} cannot be read: package with npm run deploy`, {
      cause,
      retryable: false,
    });
  }
}
