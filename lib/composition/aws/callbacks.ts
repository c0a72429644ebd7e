import { addCallbacks } from '../../api/callbacks.ts';
import { shell } from '../../api/shell.ts';
import { once } from './once.ts';
import { people } from './people.ts';
import type { HttpPart } from './stack.ts';

/** The signed answers of Slack and PagerDuty. */
export const callbacks = once(async (): Promise<HttpPart> => {
  const { settings, flush } = await people();
  return { fetch: shell(settings, [addCallbacks]), flush };
});
