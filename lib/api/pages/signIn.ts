import { html } from './html.ts';
import { pageResponse } from './page.ts';

/** `next` is a path of ours (session.ts `nextOf`). */
export function signInPage(next: string, trouble: string | null, status: number): Response {
  const said = trouble === null ? null : html`<p class="banner bad">${trouble}</p>`;
  const body = html`<div class="narrow"><h1>Sign in</h1>${said}
<form method="post" action="/sign-in" class="card stack">
<input type="hidden" name="next" value="${next}">
<label>Token <input type="password" name="token" required autofocus autocomplete="current-password" maxlength="512"></label>
<button>Sign in</button>
</form>
<p class="small soft">The token of this installation is in <code>token</code> in its data folder. Tokens for others:
<code>npx nightshift tokens create NAME --role approver</code>. This browser keeps it for 12 hours.</p></div>`;
  return pageResponse({ title: 'Sign in to Nightshift', body, again: null, caller: null, path: next, status });
}
