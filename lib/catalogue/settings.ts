import { parseMatchers } from '../language/matchers.ts';
import { invalid } from '../model/errors.ts';
import type { Settings } from '../model/settings.ts';
import { didYouMean } from './nearest.ts';
import { isReference } from './reference.ts';
import { type SettingsInput, settingsFile } from './settingsSchema.ts';
import { located, type Path, readSource, type Source } from './source.ts';
import { watchSettings } from './watchSettings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads nightshift.yaml; '' gives what is shipped. The environment may override where things are: `NIGHTSHIFT_LISTEN`
 * (host:port), `NIGHTSHIFT_DATA`, `NIGHTSHIFT_PROMETHEUS_URL`, `NIGHTSHIFT_ALERTMANAGER_URL`. Secrets stay the text that was
 * written, `env:NAME` and `file:path` too. `input` errors with file, line and field: `config.yaml`, `.unknown`, `.shape`,
 * `.channel`, `.match`, `.smtp`, `.environment`, and `config.intake.tokens` where others than this machine could knock.
 */
export function parseSettings(text: string, file: string, env: Environment): Settings {
  const source = readSource(text, file, 'config', settingsFile);
  const { value } = source;
  const listen = listenOf(env.NIGHTSHIFT_LISTEN) ?? value.listen;
  if (value.intake.tokens.length === 0 && !isLoopback(listen.host)) {
    const expected = 'a token of at least 16 characters, or env:NAME, or file:path; or listen.host 127.0.0.1';
    throw source.error(
      'config.intake.tokens',
      ['intake', 'tokens'],
      `is empty, and ${listen.host} can be reached from elsewhere`,
      expected,
    );
  }
  checkTokens(source);
  checkChannels(source);
  return {
    ...value,
    listen,
    url: (value.url ?? defaultUrl(listen)).replace(/\/+$/, ''),
    dataFolder: env.NIGHTSHIFT_DATA || value.dataFolder,
    prometheus: upstream(value.prometheus, env, 'NIGHTSHIFT_PROMETHEUS_URL'),
    alertmanager: upstream(value.alertmanager, env, 'NIGHTSHIFT_ALERTMANAGER_URL'),
    smtp: value.smtp ?? null,
    cache: value.cache ?? null,
    watch: watchSettings(source),
    routes: value.routes.map((route, index) => ({
      ...route,
      match: located(source, 'config.match', ['routes', index, 'match'], () => parseMatchers(route.match)),
    })),
  };
}

export const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || /^127(?:\.[0-9]{1,3}){3}$/.test(host);

function defaultUrl({ host, port }: Settings['listen']): string {
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function listenOf(text: string | undefined): Settings['listen'] | null {
  if (text === undefined || text === '') return null;
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
  throw invalid('config.environment', `NIGHTSHIFT_LISTEN: ${JSON.stringify(text)} is no address`, {
    field: 'NIGHTSHIFT_LISTEN',
    expected: 'host:port',
  });
}

function upstream(written: Settings['prometheus'] | undefined, env: Environment, name: string): Settings['prometheus'] {
  const url = env[name];
  if (url === undefined || url === '')
    return written === undefined || written === null ? null : { ...written, url: written.url.replace(/\/+$/, '') };
  if (!/^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/.test(url)) {
    throw invalid('config.environment', `${name} is no address`, { field: name, expected: 'http://… or https://…' });
  }
  return { url: url.replace(/\/+$/, ''), timeout: written?.timeout ?? 5_000 };
}

function checkTokens(source: Source<SettingsInput>): void {
  for (const [index, token] of source.value.intake.tokens.entries()) {
    if (isReference(token) || token.length >= 16) continue;
    throw source.error(
      'config.intake.tokens',
      ['intake', 'tokens', index],
      'can be guessed',
      'at least 16 characters, or env:NAME, or file:path',
    );
  }
}

function checkChannels(source: Source<SettingsInput>): void {
  const { channels, routes, escalation, heartbeat, smtp } = source.value;
  const known = Object.keys(channels);
  const check = (name: string, path: Path) => {
    if (known.includes(name)) return;
    throw source.error(
      'config.channel',
      path,
      `there is no channel ${name}${didYouMean(name, known)}`,
      known.length > 0 ? `one of ${known.join(', ')}` : 'a channel of channels',
    );
  };
  const each = (list: readonly string[], path: Path) => {
    for (const [index, name] of list.entries()) check(name, [...path, index]);
  };
  for (const [index, route] of routes.entries()) {
    each(route.channels, ['routes', index, 'channels']);
    each(route.fallback, ['routes', index, 'fallback']);
  }
  for (const [team, steps] of Object.entries(escalation)) {
    for (const [index, step] of steps.entries()) each(step.channels, ['escalation', team, index, 'channels']);
  }
  each(heartbeat.channels, ['heartbeat', 'channels']);
  const mail = Object.entries(channels).find(([, { kind }]) => kind === 'email')?.[0];
  if (mail !== undefined && smtp === undefined)
    throw source.error(
      'config.smtp',
      ['channels', mail],
      'sends e-mail, and smtp is not configured',
      'smtp: {host, port}',
    );
}
