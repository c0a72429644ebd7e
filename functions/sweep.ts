import { reconciled, sweep } from '../lib/composition/aws/loop.ts';
import { stack } from '../lib/composition/aws/stack.ts';

/** Wake-ups come from the queue, with records; the schedule comes each minute, without. */
export const handler = stack(async (event: { readonly Records?: unknown }) => {
  const result = await sweep();
  if (event.Records === undefined) await reconciled();
  return result;
});
