import type { RunbookOutput } from '../../model/runbook.ts';
import { MASK, withoutSecrets } from '../../model/secrets.ts';

/** GetCommandInvocation gives as many characters of each; embedded keeps the same, so that runbooks are written for one limit. */
export const STDOUT_LIMIT = 24_000;
export const STDERR_LIMIT = 8_000;

/** The known secrets, also as they look in base64 and in a URL, then everything of a secret's shape. Too much rather than too little. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of knownForms(secrets)) clean = clean.replaceAll(secret, MASK);
  return withoutSecrets(clean);
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
