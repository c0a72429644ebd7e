import { matches } from '../language/matchers.ts';
import type { Labels } from '../model/basic.ts';
import type { Bundle, Matcher, Policy } from '../model/catalogue.ts';
import type { Reason } from '../model/plan.ts';
import type { Subject } from '../model/signal.ts';
import { hold, pass, refuse } from './reasons.ts';

/** Policies that come near; more of them would hide the answer. */
const MAX_NEAR = 20;

export interface Selection {
  readonly policy: Policy | null;
  readonly reasons: readonly Reason[];
}

/** The first policy that matches, in the bundle's order. Those that meant this alert and did not match tell why. */
export function selectPolicy(bundle: Bundle, labels: Labels, subject: Subject): Selection {
  const index = bundle.policies.findIndex((policy) => matches(policy.match, labels));
  const policy = bundle.policies[index] ?? null;
  const passed = index < 0 ? bundle.policies : bundle.policies.slice(0, index);
  const near = passed.filter((candidate) => meant(candidate, labels));
  const shown = near.slice(0, MAX_NEAR).map((candidate) => missed(candidate, labels));
  return { policy, reasons: [...shown, verdict(policy, subject, passed.length - shown.length)] };
}

function verdict(policy: Policy | null, subject: Subject, others: number): Reason {
  const rest = others === 0 ? '' : `; ${others} other ${others === 1 ? 'policy does' : 'policies do'} not match`;
  if (policy === null) return refuse('policy', `no policy matches ${subject.alertname}${rest}`);
  return pass('policy', `${policy.name} is the first that matches ${subject.alertname}${rest}`, {
    policy: policy.name,
    file: policy.file,
  });
}

/** A policy names the alert when its matchers on `alertname` hold. */
function meant(policy: Policy, labels: Labels): boolean {
  const named = policy.match.filter(({ label }) => label === 'alertname');
  return named.length > 0 && matches(named, labels);
}

const written = ({ label, op, value }: Matcher): string => `${label}${op}${JSON.stringify(value)}`;

function missed(policy: Policy, labels: Labels): Reason {
  const failing = policy.match.filter((matcher) => !matches([matcher], labels));
  const said = failing.map((matcher) => `${written(matcher)} (it is ${JSON.stringify(labels[matcher.label] ?? '')})`);
  return hold('policy', `${policy.name} does not match: ${said.join(', ')}`, { policy: policy.name });
}
