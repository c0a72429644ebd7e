/**
 * Alert text is written by whoever can set a label. Each channel gets it without control characters, without characters
 * that turn the reading direction or hide, capped, and escaped for that channel's own markup. Lengths are UTF-16 units,
 * which is never less than the characters a channel counts.
 */

/** C0 and C1 controls, soft hyphen, zero-width and bidi controls, line separators, BOM, tag characters. */
const CONTROL =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;
const MENTION = /@(?=(?:channel|here|everyone)\b)/gi;

/** One line of well-formed text: controls and runs of white space become one space. */
export function oneLine(text: string, cap: number): string {
  // Cut first: a megabyte of label must not cost a megabyte of work for each channel.
  const plain = text
    .slice(0, cap * 4 + 16)
    .toWellFormed()
    .replace(CONTROL, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return capped(plain, cap, (character) => character);
}

/** Several lines, each as `oneLine`; those beyond `max` are counted, not dropped in silence. */
export function lines(texts: readonly string[], max: number, cap: number): readonly string[] {
  const kept = texts.slice(0, max).map((text) => oneLine(text, cap));
  return texts.length > max ? [...kept, `… and ${texts.length - max} more lines`] : kept;
}

/** Never cuts an escape or a surrogate pair in two: characters are escaped one by one until the cap. */
function capped(text: string, cap: number, encode: (character: string) => string): string {
  let result = '';
  let fits = '';
  for (const character of text) {
    result += encode(character);
    if (result.length <= cap - 1) fits = result;
    if (result.length > cap) return `${fits}…`;
  }
  return result;
}

const SLACK: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '`': 'ˋ',
  '*': '∗',
  '~': '∼',
};

/**
 * Slack mrkdwn. `<!here>`, `<@U1>` and links die by escaping `<`; `@here` is broken by a word joiner for workspaces where
 * names are linked; bold, strike and code marks become their look-alikes, so that text cannot leave the span it stands in.
 */
export function slackText(text: string, cap: number): string {
  const broken = oneLine(text, cap).replace(MENTION, '@\u2060');
  return capped(broken, cap, (character) => SLACK[character] ?? character);
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** For HTML text and quoted attribute values. */
export function htmlText(text: string, cap: number): string {
  return capped(oneLine(text, cap), cap, (character) => HTML[character] ?? character);
}

/** A mail header's value: CR and LF cannot survive `oneLine`, so no second header can begin. */
export const headerText = (text: string, cap = 200): string => oneLine(text, cap);

/** Only http and https may become a link; anything else is shown nowhere as one. */
export function safeUrl(url: string): string | null {
  return /^https?:\/\/[^\s"'<>|\\^`{}\u0000-\u001f]{1,1900}$/i.test(url) ? url : null;
}
