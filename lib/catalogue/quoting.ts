export type Quoting = 'plain' | 'single' | 'double' | 'comment';

/**
 * For each character of a bash script, the quotes it stands in. Knows quotes, backslashes, comments and `$(…)`, in which
 * quoting begins anew. Does not know here-documents and `case` inside `$(…)`: what follows them may be told wrongly,
 * which refuses a good script rather than letting a bad one through unseen by its author.
 */
export function quotingOf(script: string): readonly Quoting[] {
  const told: Quoting[] = [];
  const open: Quoting[] = ['plain'];
  for (let at = 0; at < script.length; at += 1) {
    const now = open.at(-1) ?? 'plain';
    told.push(now);
    if (script[at] === '\\' && now !== 'single' && now !== 'comment') {
      told.push(now);
      at += 1;
    } else {
      step(open, now, script, at);
    }
  }
  return told;
}

function step(open: Quoting[], now: Quoting, script: string, at: number): void {
  const character = script[at];
  if (now === 'comment') closeOn(open, character === '\n');
  else if (now === 'single') closeOn(open, character === "'");
  else if (now === 'double') {
    closeOn(open, character === '"');
    if (character === '(' && script[at - 1] === '$') open.push('plain');
  } else plainStep(open, script, at);
}

function plainStep(open: Quoting[], script: string, at: number): void {
  const character = script[at];
  if (character === "'") open.push('single');
  if (character === '"') open.push('double');
  if (character === '(') open.push('plain');
  if (character === '#' && /[\s;&|(]/.test(script[at - 1] ?? '\n')) open.push('comment');
  closeOn(open, character === ')' && open.length > 1);
}

function closeOn(open: Quoting[], closes: boolean): void {
  if (closes) open.pop();
}
