import type { Context, Hono } from 'hono';
import * as z from 'zod/mini';
import { isNightshiftError } from '../../model/errors.ts';
import { errorResponse, nothingAt } from '../errors.ts';
import { checked, textParam } from '../route.ts';
import { words } from '../schemas.ts';
import type { ApiSettings } from '../settings.ts';
import { answerPage, type Reading, refusalPage } from './answer.ts';
import { homePage } from './home.ts';
import { incidentPage } from './incident.ts';
import { allPage } from './incidentTable.ts';
import { STYLE_PATH } from './page.ts';
import { admitActor, cookieOf, type Form, knownToken, nextOf, readForm } from './session.ts';
import { signInPage } from './signIn.ts';
import { STYLE } from './style.ts';
import { watchesPage } from './watches.ts';

const verdict = z.enum(['useful', 'useless'], { error: 'useful or useless' });

type MakePage = (reading: Reading, settings: ApiSettings) => Promise<Response>;

/** Where a form leads when it is done; 303 makes the browser read that page anew. */
const goTo = (path: string, headers: Record<string, string> = {}): Response =>
  new Response(null, { status: 303, headers: { location: path, ...headers } });

/** A refusal of a form is a page as well. */
async function answerForm(
  context: Context,
  settings: ApiSettings,
  act: (form: Form) => Promise<Response>,
): Promise<Response> {
  const { req } = context;
  const back = req.path;
  try {
    return await act(await readForm(req.raw));
  } catch (error) {
    if (!isNightshiftError(error)) return errorResponse(error, settings.log);
    if (error.code === 'api.unauthenticated')
      return signInPage(nextOf(back.split('/').slice(0, 3).join('/')), 'Sign in to do this.', 401);
    return refusalPage(error, null, back);
  }
}

function addSession(app: Hono, settings: ApiSettings): void {
  app.get('/sign-in', ({ req }) => signInPage(nextOf(req.query('next')), null, 200));
  app.post('/sign-in', (context) =>
    answerForm(context, settings, async (form) => {
      const next = nextOf(form.get('next'));
      const token = await knownToken(form, settings);
      if (token === null) return signInPage(next, 'This token opens nothing here.', 401);
      return goTo(next, { 'set-cookie': cookieOf(token, settings.url) });
    }),
  );
  app.post('/sign-out', (context) =>
    answerForm(context, settings, async () => goTo('/', { 'set-cookie': cookieOf(null, settings.url) })),
  );
}

function addActions(app: Hono, settings: ApiSettings): void {
  const { operations } = settings;
  const idOf = ({ req }: Context) => textParam(req.param(), 'id');
  const planOf = ({ req }: Context) => textParam(req.param(), 'plan');
  const back = (context: Context) => goTo(`/incidents/${encodeURIComponent(idOf(context))}`);
  app.post('/incidents/:id/acknowledge', (context) =>
    answerForm(context, settings, async () => {
      await operations.acknowledge(idOf(context), await admitActor(context.req.raw.headers, 'operator', settings));
      return back(context);
    }),
  );
  app.post('/incidents/:id/mark', (context) =>
    answerForm(context, settings, async (form) => {
      const actor = await admitActor(context.req.raw.headers, 'operator', settings);
      await operations.mark(idOf(context), checked(verdict, form.get('verdict'), 'body') === 'useful', actor);
      return back(context);
    }),
  );
  app.post('/incidents/:id/plans/:plan/approve', (context) =>
    answerForm(context, settings, async (form) => {
      const actor = await admitActor(context.req.raw.headers, 'approver', settings);
      await operations.approve(idOf(context), planOf(context), form.get('planHash') ?? '', actor);
      return back(context);
    }),
  );
  app.post('/incidents/:id/plans/:plan/reject', (context) =>
    answerForm(context, settings, async (form) => {
      const actor = await admitActor(context.req.raw.headers, 'approver', settings);
      const reason = checked(words, form.get('reason') ?? '', 'body');
      await operations.reject(idOf(context), planOf(context), form.get('planHash') ?? '', reason, actor);
      return back(context);
    }),
  );
}

const wantsPage = ({ req }: Context): boolean =>
  req.method === 'GET' &&
  (req.header('accept') ?? '').includes('text/html') &&
  !/^\/(api|webhooks|callbacks)\//.test(req.path);

/** The pages for people: plain HTML of the server, the same on AWS and on one machine. */
export function addPages(app: Hono, settings: ApiSettings): void {
  const pages: readonly (readonly [string, MakePage])[] = [
    ['/', homePage],
    ['/incidents', allPage],
    ['/incidents/:id', incidentPage],
    ['/watches', watchesPage],
  ];
  for (const [path, make] of pages)
    app.get(path, (context) => answerPage(context, settings, (reading) => make(reading, settings)));
  app.get(
    STYLE_PATH,
    () =>
      new Response(STYLE, { headers: { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=300' } }),
  );
  app.notFound((context) => notFoundPage(context, settings));
  addSession(app, settings);
  addActions(app, settings);
}

/** A path that leads nowhere. Throws `absent` `api.path` for who is no browser, as everywhere else. */
async function notFoundPage(context: Context, settings: ApiSettings): Promise<Response> {
  if (!wantsPage(context)) throw nothingAt(context.req.path);
  return answerPage(context, settings, async () => {
    throw nothingAt(context.req.path);
  });
}
