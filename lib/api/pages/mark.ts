import type { Incident } from '../../model/incident.ts';
import { anomaliesIn } from '../../model/named.ts';
import { allows, type Caller } from '../tokens.ts';
import { type Html, html } from './html.ts';
import { pill } from './page.ts';

/** Whether the anomalies were worth telling: what was said, and the buttons to say it, or the command for who has no token here. */
export function markSection(
  { id, episodes }: Incident,
  said: Readonly<Record<string, boolean>>,
  caller: Caller | null,
): Html | null {
  const watches = anomaliesIn(episodes);
  if (watches.length === 0) return null;
  const rows = watches.map((watch) => {
    const word = said[watch] === undefined ? 'not marked' : said[watch] ? 'useful' : 'useless';
    return html`<tr><td><code>${watch}</code></td><td>${pill(word)}</td></tr>`;
  });
  const button = (word: string) =>
    html`<button name="verdict" value="${word}">${word === 'useful' ? 'Useful' : 'Useless'}</button>`;
  const act =
    caller !== null && allows(caller.role, 'operator')
      ? html`<form method="post" action="/incidents/${encodeURIComponent(id)}/mark" class="forms">${button('useful')}${button('useless')}</form>`
      : html`<p class="soft small"><code>npx nightshift mark ${id} useful</code> or <code>useless</code></p>`;
  return html`<h2>Was it worth telling?</h2><div class="card"><table class="plain">${rows}</table>${act}</div>`;
}
