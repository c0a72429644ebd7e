import type { RunbookOutput } from '../../model/runbook.ts';

/** GetCommandInvocation gives as many characters of each; embedded keeps the same, so that runbooks are written for one limit. */
export const STDOUT_LIMIT = 24_000;
export const STDERR_LIMIT = 8_000;

const MASK = '[redacted]';
const NAMES =
  'pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|requirepass|masterauth';

/** Every repetition is bounded or ends at its line, so that a script cannot keep the reader busy. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g, MASK],
  [
    /((?:proxy-)?authorization|(?:set-)?cookie|x-(?:api|auth|vault)-(?:key|token))(["']?\s{0,9}[:=]\s{0,9})[^\r\n]+/gi,
    `$1$2${MASK}`,
  ],
  [/\b(bearer|basic)\s{1,9}[A-Za-z0-9+/=._~-]{8,}/gi, `$1 ${MASK}`],
  [/\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g, MASK],
  [/\beyJ[A-Za-z0-9_-]{8,2048}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g, MASK],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|npm_|sk_live_|rk_live_|hvs\.|dop_v1_)[A-Za-z0-9_-]{10,}/g, MASK],
  [/\bAIza[A-Za-z0-9_-]{30,}/g, MASK],
  [/(hooks\.slack\.com\/services\/)[A-Za-z0-9/_-]+/g, `$1${MASK}`],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,100}:)(?!\d{1,5}[/?#])[^\s@]{1,300}@/gi, `$1${MASK}@`],
  [
    new RegExp(
      `((?:${NAMES})[\\w.-]{0,40}["']?[ \\t]{0,9}(?:=>|[=:])[ \\t]{0,9})("[^"\\r\\n]*"?|'[^'\\r\\n]*'?|[^\\s,;&]+)`,
      'gi',
    ),
    `$1${MASK}`,
  ],
  [
    /((?:^|\s)(?:--?(?:password|passwd|pass|token|secret)|requirepass|masterauth|identified by)[ \t]{1,9})("[^"\r\n]*"?|'[^'\r\n]*'?|[^\s,;&]+)/gim,
    `$1${MASK}`,
  ],
];

/** The known secrets, also as they look in base64 and in a URL, then everything of a secret's shape. Too much rather than too little. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of knownForms(secrets)) clean = clean.replaceAll(secret, MASK);
  for (const [pattern, replacement] of RULES) clean = clean.replace(pattern, replacement);
  return clean;
}

/** Shorter than four characters would blacken ordinary text. Longest first, because one may contain another. */
function knownForms(secrets: readonly string[]): string[] {
  const usable = secrets.filter((secret) => secret.length >= 4);
  const forms = usable.flatMap((secret) => {
    const base64 = Buffer.from(secret).toString('base64');
    return [secret, base64, base64.replace(/=+$/, ''), encodeURIComponent(secret.toWellFormed())];
  });
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

export interface RawOutput {
  readonly text: string;
  /** Whether the script wrote more than `text` holds. */
  readonly more: boolean;
}

/** Redacted first and cut afterwards: a secret that is cut in two has no shape to be known by. */
export function tidyOutput(stdout: RawOutput, stderr: RawOutput, secrets: readonly string[]): RunbookOutput {
  const out = tidy(stdout, STDOUT_LIMIT, secrets);
  const err = tidy(stderr, STDERR_LIMIT, secrets);
  return { stdout: out.text, stderr: err.text, truncated: out.more || err.more };
}

function tidy(raw: RawOutput, limit: number, secrets: readonly string[]): RawOutput {
  const whole = redact(raw.more ? withoutBrokenEnd(raw.text) : raw.text, secrets);
  if (whole.length <= limit) return { text: whole, more: raw.more };
  return { text: whole.slice(0, limit).replace(/[\uD800-\uDBFF]$/, ''), more: true };
}

/** What was read may end within a secret: its last line goes, or as much as the longest secret that is sought. */
function withoutBrokenEnd(text: string): string {
  const lineEnd = text.lastIndexOf('\n');
  return lineEnd >= text.length - 4096 ? text.slice(0, lineEnd + 1) : text.slice(0, -4096);
}
