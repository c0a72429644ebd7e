import type { Labels } from './basic.ts';
import type { Signal } from './signal.ts';

// What looks like a secret, and is taken out of whatever Nightshift keeps, shows or sends.

export const MASK = '[redacted]';
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

/** No rule can hold in a text without one of these; most texts are done with this one look. */
const TRACE =
  /pass|pwd|secret|token|api[_-]?key|access[_-]?key|private[_ -]?key|credential|requirepass|masterauth|identified by|authorization|cookie|x-(?:api|auth|vault)-key|bearer|basic|A[KSBC][IC]A[A-Z0-9]{16}|eyJ|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|npm_|sk_live_|rk_live_|hvs\.|dop_v1_|AIza|hooks\.slack|:\/\/[^\s/:@]{0,100}:[^\s@]{1,300}@/i;

/** Replaces everything of a secret's shape. Too much rather than too little. */
export function withoutSecrets(text: string): string {
  if (!TRACE.test(text)) return text;
  return RULES.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}

const SECRET_NAME = new RegExp(`(?:^|[_.-])(?:${NAMES})$`, 'i');

/** Of a label with a secret's name the whole value. What was clean is returned as it is. */
export function labelsWithoutSecrets(labels: Labels): Labels {
  const clean: Record<string, string> = {};
  let changed = false;
  for (const [name, value] of Object.entries(labels)) {
    const kept = value !== '' && SECRET_NAME.test(name) ? MASK : withoutSecrets(value);
    changed ||= kept !== value;
    clean[name] = kept;
  }
  return changed ? clean : labels;
}

/** Its fingerprint is of the labels as they came: one alert stays one, whatever is taken out of them. */
export const signalWithoutSecrets = (signal: Signal): Signal => ({
  ...signal,
  labels: labelsWithoutSecrets(signal.labels),
  annotations: labelsWithoutSecrets(signal.annotations),
  generatorURL: signal.generatorURL === null ? null : withoutSecrets(signal.generatorURL),
});
