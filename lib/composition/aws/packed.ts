import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Description } from '../../api/openapi.ts';
import type { Bundle } from '../../model/catalogue.ts';
import { failed } from '../../model/errors.ts';
import type { Settings } from '../../model/settings.ts';

/** What `infra/aws/package.ts` wrote beside the functions: packs and policies compiled, and nightshift.yaml checked. */
export interface Packed {
  readonly bundle: Bundle;
  /** Secrets are still names (`ssm:/…`): no package ever holds one. */
  readonly settings: Settings;
  readonly version: string;
}

export const PACKED_FILE = 'build/catalogue.json';
/** What `infra/aws/package.ts` wrote beside the API: a description of its routes, and no code that makes one. */
export const DESCRIPTION_FILE = 'build/openapi.json';

/** Each throws `failed` `aws.package` where the function was packaged without it. */
export const readPacked = (root?: string): Promise<Packed> => read(PACKED_FILE, root);
export const readDescription = (root?: string): Promise<Description> => read(DESCRIPTION_FILE, root);

async function read<T>(file: string, root = process.env.LAMBDA_TASK_ROOT ?? process.cwd()): Promise<T> {
  try {
    return JSON.parse(await readFile(join(root, file), 'utf8')) as T;
  } catch (cause) {
    throw failed('aws.package', `${file} cannot be read: package with npm run deploy`, { cause, retryable: false });
  }
}
