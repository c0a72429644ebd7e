import type { Log } from '../ports/edges.ts';

type Level = 'info' | 'warn' | 'error';

const FIELD = 2_000;

function line(level: Level, message: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const short = Object.entries(fields).map(([key, value]) => [
    key,
    typeof value === 'string' ? value.slice(0, FIELD) : value,
  ]);
  return `${JSON.stringify({ at: new Date().toISOString(), level, message, ...Object.fromEntries(short) })}\n`;
}

/** JSON lines on standard error: standard output belongs to what a person asked for. */
export const stderrLog: Log = {
  info: (message, fields) => void process.stderr.write(line('info', message, fields)),
  warn: (message, fields) => void process.stderr.write(line('warn', message, fields)),
  error: (message, fields) => void process.stderr.write(line('error', message, fields)),
};
