import { invalid } from '../model/errors.ts';
import { quotingOf } from './quoting.ts';

/** What is wrong with a script, at which of its lines, beginning with 1. */
interface Complaint {
  readonly code: string;
  readonly line: number;
  readonly text: string;
  readonly expected: string;
}

export interface ScriptRules {
  readonly preamble: readonly string[];
  readonly effect: 'read' | 'change';
  /** Declared parameter names. */
  readonly parameters: readonly string[];
}

/**
 * Text rules, not a shell parser: they keep honest authors out of the known traps, and the values themselves are bounded by
 * their patterns. `input` `document.script-*`, field = `<field>:<line of the script>`.
 */
export function checkScript(script: string, field: string, rules: ScriptRules): void {
  const lines = script.split('\n');
  for (const complaint of complaints(lines, rules)) {
    throw invalid(`document.script-${complaint.code}`, `${field}:${complaint.line}: ${complaint.text}`, {
      field: `${field}:${complaint.line}`,
      expected: complaint.expected,
    });
  }
}

function* complaints(lines: readonly string[], rules: ScriptRules): Generator<Complaint> {
  yield* preambleComplaints(lines, rules.preamble);
  yield* sectionComplaints(lines, rules.effect);
  for (const [index, text] of lines.entries()) {
    if (index < rules.preamble.length) continue;
    yield* lineComplaints(text, index + 1, rules.parameters);
  }
  yield* quoteComplaints(lines.join('\n'));
  yield* unusedComplaints(lines, rules.parameters);
}

function* preambleComplaints(lines: readonly string[], preamble: readonly string[]): Generator<Complaint> {
  for (const [index, expected] of preamble.entries()) {
    if (lines[index] === expected) continue;
    yield { code: 'preamble', line: index + 1, text: 'the script does not begin with the preamble', expected };
  }
}

const SECTIONS = ['marker', 'describe', 'assert', 'act', 'check'];

function* sectionComplaints(lines: readonly string[], effect: 'read' | 'change'): Generator<Complaint> {
  const found = lines.flatMap((text, index) => {
    const name = /^\s*#\s*(\w+)\s*$/.exec(text)?.[1] ?? '';
    return SECTIONS.includes(name) ? [{ name, line: index + 1, exact: text === `# ${name}` }] : [];
  });
  const sought = SECTIONS.filter(
    (name) => name !== 'act' || effect === 'change' || found.some((one) => one.name === 'act'),
  );
  const expected = `the comment lines ${sought.map((name) => `"# ${name}"`).join(', ')}, each once and in this order`;
  for (const [index, name] of sought.entries()) {
    const here = found[index];
    if (here?.name === name && here.exact) continue;
    yield { code: 'sections', line: here?.line ?? lines.length, text: `the section ${name} is not here`, expected };
  }
  const extra = found[sought.length];
  if (extra) yield { code: 'sections', line: extra.line, text: `the section ${extra.name} comes again`, expected };
}

const USE = /\$\{SSM_([A-Za-z0-9]+):\?[^}$`]*\}/g;
/** Words that run text, or take it for arithmetic, where `a[$(command)]` runs the command. */
const RUNS_TEXT =
  /\b(?:eval|source|let|declare|typeset|trap|xargs)\b|\(\(|\[\[|\b(?:ba|da|z|k)?sh\s+-\w*c\b|(?:^|[;&|]\s*)\.\s|\$\[/;

/** Under `pipefail` whoever writes to what has read enough fails, but only where he was not done yet: now and then. */
const READS_IN_PART = /\|\s*(?:head\b|e?grep\s(?:-\S+\s+)*(?:-[a-zA-Z]*[qlmL]|--(?:quiet|silent|max-count)))/;

function* lineComplaints(text: string, line: number, parameters: readonly string[]): Generator<Complaint> {
  const expected = `"\${SSM_name:?}" of a declared parameter`;
  const uses = [...text.matchAll(USE)];
  if (text.includes('{{'))
    yield { code: 'interpolation', line, text: '{{ is pasted into the script by the agent', expected };
  if (/\beval\b/.test(text)) yield { code: 'eval', line, text: 'eval runs text', expected: 'a command with arguments' };
  if (/\bset\s+\+/.test(text))
    yield { code: 'set', line, text: 'set + takes back what stops a failing script', expected: 'if or ||' };
  if (READS_IN_PART.test(text)) {
    const broken = 'what ends before it has read all breaks its pipe, and fails the script now and then';
    yield { code: 'pipe', line, text: broken, expected: 'grep -q … <<< "$text"' };
  }
  for (const name of uses.map((use) => use[1] ?? '')) {
    if (!parameters.includes(name))
      yield { code: 'undeclared', line, text: `parameter ${name} is not declared`, expected };
  }
  if (/SSM_/.test(text.replace(USE, ''))) yield { code: 'use', line, text: 'SSM_ is read in another form', expected };
  if (uses.length > 0 && RUNS_TEXT.test(text)) {
    yield { code: 'eval', line, text: 'a value could be run here', expected: '[ … ] and plain commands' };
  }
}

function* quoteComplaints(script: string): Generator<Complaint> {
  const quoting = quotingOf(script);
  for (const use of script.matchAll(USE)) {
    if (quoting[use.index] === 'double') continue;
    const line = script.slice(0, use.index).split('\n').length;
    const text =
      quoting[use.index] === 'plain' ? `SSM_${use[1]} is split and globbed here` : `SSM_${use[1]} is not read here`;
    yield { code: 'quotes', line, text, expected: `"\${SSM_${use[1]}:?}" in double quotes` };
  }
}

function* unusedComplaints(lines: readonly string[], parameters: readonly string[]): Generator<Complaint> {
  const used = new Set([...lines.join('\n').matchAll(USE)].map((use) => use[1]));
  for (const name of parameters) {
    if (used.has(name)) continue;
    yield {
      code: 'unused',
      line: lines.length,
      text: `parameter ${name} is declared and changes nothing`,
      expected: `"\${SSM_${name}:?}"`,
    };
  }
}
