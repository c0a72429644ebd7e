import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { need } from '../processes.ts';

const ROOT = fileURLToPath(new URL('../../../build/components/', import.meta.url));

/** Where install.sh put a component. A suite without it fails loudly; it is never skipped. */
export function component(name: 'kafka' | 'spark' | 'node20'): string {
  if (name !== 'node20') need('java');
  const folder = join(ROOT, name);
  if (existsSync(folder)) return folder;
  throw new Error(`${name} is missing: run test/real/components/install.sh (Maven, PyPI, npm)`);
}
