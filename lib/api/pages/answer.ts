import type { Context } from 'hono';
import { isNightshiftError, type NightshiftError } from '../../model/errors.ts';
import { errorResponse, statusOf } from '../errors.ts';
import type { ApiSettings } from '../settings.ts';
import type { Caller } from '../tokens.ts';
import { html } from './html.ts';
import { pageResponse } from './page.ts';
import { admitReader, nextOf } from './session.ts';
import { signInPage } from './signIn.ts';

/** What a page is made of: who reads, and the request. */
export interface Reading {
  readonly caller: Caller | null;
  readonly path: string;
  readonly context: Context;
}

/** The page, or what kept us from making it in words for a person. Without a token where one is needed: the way to sign in. */
export async function answerPage(
  context: Context,
  settings: ApiSettings,
  make: (reading: Reading) => Promise<Response>,
): Promise<Response> {
  const path = context.req.path;
  let caller: Caller | null = null;
  try {
    caller = await admitReader(context.req.raw.headers, settings);
    return await make({ caller, path, context });
  } catch (error) {
    if (!isNightshiftError(error)) return errorResponse(error, settings.log);
    if (error.code === 'api.unauthenticated') return signInPage(nextOf(path), null, 401);
    if (statusOf(error) >= 500) settings.log.warn('a page could not be made', { code: error.code });
    return refusalPage(error, caller, path);
  }
}

/** An error for a person: what it is, what was expected, and the way back. */
export function refusalPage(error: NightshiftError, caller: Caller | null, path: string): Response {
  const status = statusOf(error);
  const back = nextOf(path.replace(/\/(acknowledge|mark|plans\/.*)$/, ''));
  const expected = error.expected === undefined ? null : html`<p>Expected: ${error.expected}.</p>`;
  const body = html`<h1>${status === 404 ? 'There is nothing here' : 'This was not done'}</h1>
<p>${error.message}</p>${status === 404 ? null : expected}
<p class="soft small"><code>${error.code}</code></p>
<p>${back === '/' || status === 404 ? null : html`<a href="${back}">${back.startsWith('/incidents/') ? 'Back to the incident' : 'Try again'}</a> · `}<a href="/">What is going on now</a> · <a href="/incidents">All incidents</a></p>`;
  return pageResponse({ title: 'Nightshift', body, again: null, caller, path: back, status });
}
