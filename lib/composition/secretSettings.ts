import { isReference } from '../catalogue/reference.ts';
import { invalid } from '../model/errors.ts';
import type { ChannelSettings, Settings } from '../model/settings.ts';
import type { Secrets } from '../ports/edges.ts';

/** A value that names a secret is replaced by it; any other stays. A named secret that is not there stops the start. */
async function resolved(secrets: Secrets, value: string, field: string): Promise<string> {
  if (!isReference(value)) return value;
  const secret = await secrets.get(value);
  if (secret === null)
    throw invalid('config.secret', `${field}: ${value} holds nothing`, {
      field,
      expected: 'an environment variable, a file or a parameter with the secret',
    });
  return secret;
}

const SECRET_FIELDS: Readonly<Record<ChannelSettings['kind'], readonly string[]>> = {
  slack: ['token', 'signingSecret'],
  pagerduty: ['routingKey', 'webhookSecret'],
  email: [],
  webhook: ['token'],
};

async function channel(secrets: Secrets, name: string, settings: ChannelSettings): Promise<ChannelSettings> {
  const entries = Object.entries(settings).map(async ([key, value]) => {
    const secret = SECRET_FIELDS[settings.kind].includes(key) && typeof value === 'string';
    return [key, secret ? await resolved(secrets, value, `channels.${name}.${key}`) : value];
  });
  return Object.fromEntries(await Promise.all(entries)) as ChannelSettings;
}

/** The settings with every name of a secret replaced by its secret. Throws `input` `config.secret`. */
export async function withSecrets(settings: Settings, secrets: Secrets): Promise<Settings> {
  const tokens = await Promise.all(
    settings.intake.tokens.map((token, index) => resolved(secrets, token, `intake.tokens[${index}]`)),
  );
  const channels = Object.fromEntries(
    await Promise.all(
      Object.entries(settings.channels).map(async ([name, one]) => [name, await channel(secrets, name, one)] as const),
    ),
  );
  const { smtp, cache } = settings;
  const { key } = settings.audit;
  const password = smtp?.password == null ? null : await resolved(secrets, smtp.password, 'smtp.password');
  const known = cache?.password == null ? null : await resolved(secrets, cache.password, 'cache.password');
  return {
    ...settings,
    audit: { key: key === null ? null : await resolved(secrets, key, 'audit.key') },
    intake: { ...settings.intake, tokens },
    channels,
    smtp: smtp === null ? null : { ...smtp, password },
    cache: cache === null ? null : { ...cache, password: known },
  };
}

/** Every secret that is known, never to be shown in a runbook's output. */
export function secretsOf(settings: Settings): readonly string[] {
  const ofChannels = Object.values(settings.channels).flatMap((one) =>
    SECRET_FIELDS[one.kind].map((key) => String((one as unknown as Record<string, unknown>)[key] ?? '')),
  );
  const others = [settings.smtp?.password ?? '', settings.cache?.password ?? ''];
  return [...settings.intake.tokens, ...ofChannels, ...others].filter((secret) => secret !== '');
}

/** The secrets with which a kind of channel signs what it sends back. */
export function signingSecrets(settings: Settings, kind: 'slack' | 'pagerduty'): readonly string[] {
  return Object.values(settings.channels)
    .map((one) => {
      if (one.kind !== kind) return '';
      return one.kind === 'slack' ? one.signingSecret : one.webhookSecret;
    })
    .filter((secret) => secret !== '');
}
