import { runbook } from '../lib/composition/aws/runbook.ts';
import { stack } from '../lib/composition/aws/stack.ts';

/** `sls invoke -f runbook -d '{"runbook":"…","targets":["…"],"dryRun":true}'`. */
export const handler = stack(runbook);
