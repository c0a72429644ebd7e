import { matches } from '../language/matchers.ts';
import type { Labels, Severity } from '../model/basic.ts';
import type { ChannelSettings, EscalationStep, RouteSettings, Settings } from '../model/settings.ts';
import type { Subject } from '../model/signal.ts';

export interface Route {
  readonly team: string | null;
  /** Names of configured channels. */
  readonly channels: readonly string[];
  readonly fallback: readonly string[];
}
type RoutingSettings = Pick<Settings, 'channels' | 'routes' | 'escalation'>;
type Kind = ChannelSettings['kind'];

/** Without a route: critical by every kind, warning by e-mail and chat, info by chat alone. */
const KINDS: Readonly<Record<Severity, readonly Kind[]>> = {
  critical: ['email', 'slack', 'pagerduty', 'webhook'],
  unknown: ['email', 'slack', 'pagerduty', 'webhook'],
  warning: ['email', 'slack'],
  info: ['slack'],
};

/** The first route whose matchers and severities hold; else the defaults above, by the kinds that are configured. */
export function routeFor(settings: RoutingSettings, subject: Subject, severity: Severity, labels: Labels): Route {
  const route = settings.routes.find((candidate) => covers(candidate, severity) && matches(candidate.match, labels));
  if (route === undefined) return defaultRoute(settings, subject.team, severity);
  return {
    team: route.team === '' ? subject.team : route.team,
    channels: configured(settings, route.channels),
    fallback: configured(settings, route.fallback),
  };
}

/** An unknown severity is treated as critical; a route may still name it. No severities means all. */
function covers(route: RouteSettings, severity: Severity): boolean {
  if (route.severity.length === 0 || route.severity.includes(severity)) return true;
  return severity === 'unknown' && route.severity.includes('critical');
}

const configured = (settings: RoutingSettings, names: readonly string[]): readonly string[] =>
  [...new Set(names)].filter((name) => Object.hasOwn(settings.channels, name));

function defaultRoute(settings: RoutingSettings, team: string | null, severity: Severity): Route {
  const kinds = KINDS[severity];
  const all = Object.entries(settings.channels);
  const chosen = all.filter(([, channel]) => kinds.includes(channel.kind)).map(([name]) => name);
  // Better the wrong channel than none.
  if (chosen.length === 0) return { team, channels: all.map(([name]) => name), fallback: [] };
  // A chat that is down is no reason to wake somebody for a warning.
  const others = all.filter(([name, channel]) => !chosen.includes(name) && channel.kind !== 'pagerduty');
  return { team, channels: chosen, fallback: others.map(([name]) => name) };
}

/** The chain of a team, else of `default`, else none. A team's name comes from a label: own keys only. */
export function chainFor(settings: Pick<Settings, 'escalation'>, team: string | null): readonly EscalationStep[] {
  const { escalation } = settings;
  if (team !== null && Object.hasOwn(escalation, team)) return escalation[team] ?? [];
  return Object.hasOwn(escalation, 'default') ? (escalation.default ?? []) : [];
}

/**
 * Whom an escalation tells: the chain's step (0 is its first), beyond its end the last; where there is no chain, or none
 * of its channels is configured, everyone the route names.
 */
export function escalationChannels(settings: RoutingSettings, route: Route, step: number): readonly string[] {
  const chain = chainFor(settings, route.team);
  const reached = chain[Math.min(Math.max(0, step), chain.length - 1)];
  const channels = reached === undefined ? [] : configured(settings, reached.channels);
  return channels.length > 0 ? channels : route.channels;
}
