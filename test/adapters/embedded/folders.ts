import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedOptions, type EmbeddedStore, openEmbeddedStore } from '../../../lib/adapters/embedded/store.ts';

/** A real folder that goes away with `remove`. */
export function temporaryFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-store-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface OpenedStore {
  readonly folder: string;
  readonly store: EmbeddedStore;
  /** Closes and opens again, as a restart does. */
  reopen(): Promise<EmbeddedStore>;
  dispose(): Promise<void>;
}

export async function openedStore(options: EmbeddedOptions = {}): Promise<OpenedStore> {
  const { folder, remove } = temporaryFolder();
  let current = await openEmbeddedStore(folder, options);
  return {
    folder,
    store: current,
    async reopen() {
      await current.close();
      current = await openEmbeddedStore(folder, options);
      return current;
    },
    async dispose() {
      await current.close();
      remove();
    },
  };
}
