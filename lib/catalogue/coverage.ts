import { matchesValue } from '../language/matchers.ts';
import type { AlertRule, Matcher, Policy } from '../model/catalogue.ts';
import type { WrittenAlert } from './alerts.ts';
import { didYouMean } from './nearest.ts';
import type { WrittenPack } from './pack.ts';

/**
 * The coverage contract: every alert of a pack stands in its coverage exactly once, with a policy that exists and can match
 * it, or with the reason why nothing is automated. `input` `pack.coverage` names the line that breaks it.
 */
export function coverAlerts(pack: WrittenPack, policies: ReadonlyMap<string, Policy>): AlertRule[] {
  refuseTwins(pack);
  const known = pack.alerts.map(({ alert }) => alert);
  for (const { alert, error } of pack.coverage) {
    if (!known.includes(alert))
      throw error(
        'pack.coverage',
        'alert',
        `no rule of this pack is ${alert}${didYouMean(alert, known)}`,
        'an alert of rules.yaml',
      );
  }
  return pack.alerts.map((written) => covered(written, pack, policies));
}

function refuseTwins({ coverage }: WrittenPack): void {
  const seen = new Set<string>();
  for (const { alert, error } of coverage) {
    if (seen.has(alert)) throw error('pack.coverage', 'alert', `${alert} is covered twice`, 'one line for each alert');
    seen.add(alert);
  }
}

function covered(written: WrittenAlert, pack: WrittenPack, policies: ReadonlyMap<string, Policy>): AlertRule {
  const line = pack.coverage.find(({ alert }) => alert === written.alert);
  if (line === undefined) {
    const expected = `a line for ${written.alert} in coverage of pack.yaml: a policy, or automation: none with a reason`;
    throw written.error('pack.coverage', ['alert'], `${written.alert} is not covered`, expected);
  }
  const { alert, expr, severity } = written;
  if ('policy' in line.automation) checkPolicy(line.automation.policy, written, line.error, policies);
  return { alert, pack: pack.summary.name, expr, for: written.for, severity, automation: line.automation };
}

function checkPolicy(
  name: string,
  written: WrittenAlert,
  error: WrittenPack['coverage'][number]['error'],
  policies: ReadonlyMap<string, Policy>,
): void {
  const policy = policies.get(name);
  if (policy === undefined)
    throw error(
      'pack.coverage',
      'policy',
      `there is no policy ${name}${didYouMean(name, [...policies.keys()])}`,
      'a policy of a pack',
    );
  const against = policy.match.find((matcher) => !canMatch(matcher, written));
  if (against === undefined) return;
  const matcher = `${against.label}${against.op}${JSON.stringify(against.value)}`;
  throw error(
    'pack.coverage',
    'policy',
    `${name} can never match ${written.alert}: ${matcher} is against it`,
    'a policy whose match takes the alert',
  );
}

/** A label that the rule sets is known; any other may come with the series. */
function canMatch(matcher: Matcher, { labels }: WrittenAlert): boolean {
  const value = Object.hasOwn(labels, matcher.label) ? labels[matcher.label] : undefined;
  return value === undefined || matchesValue(matcher, value);
}
