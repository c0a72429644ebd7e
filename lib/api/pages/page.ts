import type { Caller } from '../tokens.ts';
import { type Html, html, type Part } from './html.ts';

export interface Page {
  readonly title: string;
  readonly body: Part;
  /** Seconds after which the browser looks again; null where nothing moves, or where a form is being filled in. */
  readonly again: number | null;
  /** Who is signed in; null for a reader without a token. */
  readonly caller: Caller | null;
  /** Where signing in leads back to. */
  readonly path: string;
  readonly status?: number;
}

export const STYLE_PATH = '/nightshift.css';

/**
 * No script, no picture, no style but our own file, forms go nowhere else. `same-origin` as referrer policy, because under
 * `no-referrer` a browser hides the Origin of a form, and the Origin is what tells our forms from another site's.
 */
const HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'same-origin',
};

function whoIs({ caller, path }: Page): Html {
  if (caller === null) return html`<a href="/sign-in?next=${encodeURIComponent(path)}">Sign in</a>`;
  return html`<form method="post" action="/sign-out"><span class="soft">${caller.name}, ${caller.role}</span>
<button class="plain">Sign out</button></form>`;
}

function document(page: Page): Html {
  const refresh = page.again === null ? null : html`<meta http-equiv="refresh" content="${page.again}">`;
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${page.title}</title><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">${refresh}
<link rel="stylesheet" href="${STYLE_PATH}"></head>
<body>
<header class="top"><strong><a href="/">Nightshift</a></strong>
<nav><a href="/">Now</a><a href="/incidents">All incidents</a><a href="/watches">Watches</a></nav>${whoIs(page)}</header>
<main>
${page.body}
</main>
</body>
</html>
`;
}

/** The whole answer. Works without a script, and allows none. */
export function pageResponse(page: Page): Response {
  return new Response(document(page).text, { status: page.status ?? 200, headers: HEADERS });
}

type Colour = 'bad' | 'warn' | 'good';
const WORDS: Readonly<Record<Colour, string>> = {
  bad: 'open escalated critical failed refuse refused rejected timed-out undeliverable firing down gave-up alarm useless',
  warn: 'acknowledged warning unknown inconclusive hold approve awaiting-approval dispatching running verifying degraded sending sent intent unscored',
  good: 'resolved verified succeeded pass run ok delivered approved useful',
};
const COLOURS: ReadonlyMap<string, Colour> = new Map(
  (['bad', 'warn', 'good'] as const).flatMap((colour) => WORDS[colour].split(' ').map((word) => [word, colour])),
);

/** How good or bad a word of a state is; '' where it is neither. */
export const colourOf = (word: string): Colour | '' => COLOURS.get(word) ?? '';
export const pill = (word: string): Html => html`<span class="pill ${colourOf(word)}">${word}</span>`;
