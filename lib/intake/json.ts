import { invalid } from '../model/errors.ts';

/** Of the language, not of a platform; TypeScript only knows it from libraries that the pure rooms do not load. */
declare const TextDecoder: new (label: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{` differ from `]` and `}` by two, and each pair from the other by 0x20. */
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** Index just behind the string that begins at `start`, its opening quote. */
function skipString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Looks at brackets outside strings only, so that nothing is built from a body that is too deep. */
function deeperThan(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      continue;
    }
    const bracket = byte & ~0x20;
    if (bracket === OPEN) depth += 1;
    else if (bracket === CLOSE) depth -= 1;
    if (depth > limit) return true;
    at += 1;
  }
  return false;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid('intake.utf8', 'The body is not valid UTF-8.', { field: 'body', expected: 'UTF-8 text', cause });
  }
}

/**
 * JSON from bytes whose number somebody else has bounded. Throws `input` `intake.depth`, `intake.utf8` or `intake.json`.
 * @param maxDepth nesting of arrays and objects
 */
export function parseJson(bytes: Uint8Array, maxDepth: number): unknown {
  if (deeperThan(bytes, maxDepth)) {
    const detail = { field: 'body', expected: `at most ${maxDepth} levels of nesting` };
    throw invalid('intake.depth', 'The body is nested too deeply.', detail);
  }
  const text = decodeUtf8(bytes);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 200) : 'unreadable';
    throw invalid('intake.json', `The body is not JSON: ${reason}`, {
      field: 'body',
      expected: 'a JSON object',
      cause,
    });
  }
}
