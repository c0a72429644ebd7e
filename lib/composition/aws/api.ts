import { createApi } from '../../api/app.ts';
import { once } from './once.ts';
import { people } from './people.ts';
import type { HttpPart } from './stack.ts';

/** Everything for people and programs. */
export const api = once(async (): Promise<HttpPart> => {
  const { settings, flush } = await people();
  return { fetch: createApi(settings), flush };
});
