/** Text that is known to be HTML. Only `html` and `trusted` make it: what comes from JSON can never pass for it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export type Part = Html | string | number | null | readonly Part[];

const SIGNS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};
/** Controls, and characters that hide or turn the reading direction: a label must not make a sentence read differently. */
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;
/** No single text may make a page of megabytes. */
const LONGEST = 20_000;

/** Text with everything that a reader could not see made visible, and cut where it is too long for a page. */
export function visible(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return cut.toWellFormed().replace(HIDDEN, '\ufffd');
}

/** Safe between tags and inside a quoted attribute. */
export const escapeHtml = (text: string): string => visible(text).replace(/[&<>"'`]/g, (sign) => SIGNS[sign] ?? '');

function textOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(textOf).join('');
  return escapeHtml(String(part));
}

/** A template whose literal parts are HTML and whose values are text, escaped, unless they are Html themselves. */
export function html(literals: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(literals.map((literal, at) => literal + textOf(values[at] ?? null)).join(''));
}

/** For markup that another part of Nightshift made and escaped, such as a plot. */
export const trusted = (markup: string): Html => new Html(markup);
