/** A string, or what stands between the tokens. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const STRING_OR_SPACE = /("[^"\\]*(?:\\.[^"\\]*)*")|[ \t\r\n]+/g;

/**
 * JSON without spaces and with its strings as JavaScript writes them, but its numbers as they were written: as doubles, long ones would be
 * others. For text that `JSON.parse` takes.
 */
export function tight(text: string): string {
  if (text.includes('\\'))
    return text.replace(STRING_OR_SPACE, (_, string: string | undefined) =>
      string === undefined ? '' : string.includes('\\') ? JSON.stringify(JSON.parse(string)) : string,
    );
  return /[ \t\r\n]/.test(text) ? text.replace(STRING_OR_SPACE, '$1') : text;
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
    if (char === '"') at += stringLength(object, at) - 1;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    const isEnd = (char === ',' && depth === 1) || (char === '}' && depth === 0);
    if (!isEnd) continue;
    if (at > from) {
      const name = object.slice(from, from + stringLength(object, from));
      members.push({ name: JSON.parse(name) as string, text: object.slice(from, at) });
    }
    from = at + 1;
  }
  return members;
}

function stringLength(text: string, at: number): number {
  STRING.lastIndex = at;
  return STRING.exec(text)?.[0].length ?? 1;
}

/** What a name of an object stands for, as it was written; of several the last, as for `JSON.parse`. */
export function memberText(object: string, name: string): string | undefined {
  const found = membersOf(tight(object)).findLast((member) => member.name === name);
  return found?.text.slice(stringLength(found.text, 0) + 1);
}
