const SPACES = /[ \t\r\n]+/g;
const LOOSE = /[ \t\r\n\\]/;

/**
 * JSON without spaces and with its strings as JavaScript writes them, but its numbers as they were written: as doubles, long ones would be
 * others. For text that `JSON.parse` takes. Costs less than writing the object anew.
 */
export function tight(text: string): string {
  if (!LOOSE.test(text)) return text;
  let out = '';
  let from = 0;
  let slash = text.indexOf('\\');
  for (let open = text.indexOf('"'); open >= 0; open = text.indexOf('"', from)) {
    const end = stringEnd(text, open);
    const string = text.slice(open, end);
    if (slash >= 0 && slash < open) slash = text.indexOf('\\', open);
    const isEscaped = slash >= 0 && slash < end;
    out += spaceless(text.slice(from, open)) + (isEscaped ? JSON.stringify(JSON.parse(string)) : string);
    from = end;
  }
  return out + spaceless(text.slice(from));
}

/** What most writers put between two strings is told at a glance. */
function spaceless(between: string): string {
  if (between === ':' || between === ': ') return ':';
  if (between === ',' || between === ', ') return ',';
  return between.replace(SPACES, '');
}

/** Behind the quote that closes the one at `open`: before it is an even number of backslashes. */
function stringEnd(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close >= 0; close = text.indexOf('"', close + 1)) {
    let before = close - 1;
    while (text[before] === '\\') before -= 1;
    if ((close - before) % 2 === 1) return close + 1;
  }
  return text.length;
}

interface Member {
  readonly name: string;
  /** From the name to the end of what it names. */
  readonly text: string;
}

/** The members of an object, for its text as `tight` gives it. Not by recursion: whoever wrote it may have nested it deeply. */
export function membersOf(object: string): Member[] {
  const members: Member[] = [];
  let from = 1;
  let depth = 0;
  for (let at = 0; at < object.length; at += 1) {
    const char = object[at];
    if (char === '"') at = stringEnd(object, at) - 1;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    const isEnd = (char === ',' && depth === 1) || (char === '}' && depth === 0);
    if (!isEnd) continue;
    if (at > from) {
      const name = object.slice(from, stringEnd(object, from));
      members.push({ name: JSON.parse(name) as string, text: object.slice(from, at) });
    }
    from = at + 1;
  }
  return members;
}

/** What a name of an object stands for, as it was written; of several the last, as for `JSON.parse`. */
export function memberText(object: string, name: string): string | undefined {
  const found = membersOf(tight(object)).findLast((member) => member.name === name);
  return found?.text.slice(stringEnd(found.text, 0) + 1);
}
