import { openMemoryStore } from '../../../lib/adapters/embedded/memoryStore.ts';
import { blobsContract } from '../../contract/blobsContract.ts';
import { ledgerContract } from '../../contract/ledgerContract.ts';

/** It ends with its process: what is opened again is the same. */
async function opened() {
  const store = openMemoryStore();
  return { ...store, reopen: async () => store, dispose: store.close };
}

ledgerContract('the ledger in memory', async () => {
  const { ledger, dispose } = await opened();
  return { ledger, reopen: async () => ledger, dispose };
});
blobsContract('the blobs in memory', async () => {
  const { blobs, dispose } = await opened();
  return { blobs, reopen: async () => blobs, dispose };
});
