import { invalid, refused } from '../../model/errors.ts';
import type { Incident, PlanView } from '../../model/incident.ts';
import type { Client } from '../client.ts';
import { type Output, oneLine, paintWord, print, printJson } from '../output.ts';
import { path } from './incidents.ts';

function done(output: Output, incident: Incident): number {
  if (output.json) return printJson(output, incident);
  print(output, `${incident.id}: ${paintWord(output, incident.state)}`);
  return 0;
}

const post = async (client: Client, output: Output, id: string, action: string, body: unknown): Promise<number> =>
  done(output, await client.send<Incident>('POST', `${path(id)}/${action}`, body));

export const acknowledge = (client: Client, output: Output, id: string) => post(client, output, id, 'acknowledge', {});
export const comment = (client: Client, output: Output, id: string, text: string) =>
  post(client, output, id, 'comment', { text });
export const close = (client: Client, output: Output, id: string, reason: string) =>
  post(client, output, id, 'close', { reason });
export const reopen = (client: Client, output: Output, id: string, reason: string) =>
  post(client, output, id, 'reopen', { reason });

/** Throws `input` `cli.verdict` for another word. */
export async function mark(client: Client, output: Output, id: string, verdict: string): Promise<number> {
  if (verdict !== 'useful' && verdict !== 'useless')
    throw invalid('cli.verdict', `${verdict} is no verdict`, { field: 'verdict', expected: 'useful or useless' });
  const body = { useful: verdict === 'useful' };
  const answer = await client.send<{ watches: readonly string[] }>('POST', `${path(id)}/mark`, body);
  if (output.json) return printJson(output, answer);
  print(output, `${verdict}: ${oneLine(answer.watches.join(', '))}`);
  return 0;
}

const WAITING = ['awaiting-approval', 'proposed'];

/** The one plan that waits, or the one that was named. */
async function waitingPlan(client: Client, id: string, planId: string | undefined): Promise<PlanView> {
  const { plans } = await client.get<Incident>(path(id));
  const waiting = plans.filter((plan) => (planId === undefined ? WAITING.includes(plan.state) : plan.id === planId));
  const [plan] = waiting;
  if (plan !== undefined && waiting.length === 1) return plan;
  const expected = plans.map((one) => `${one.id} (${one.state})`).join(', ') || 'an incident with a plan';
  throw refused('cli.plan', `${id} has no plan ${planId ?? 'that waits for approval'}.`, { field: 'plan', expected });
}

function tell(output: Output, plan: PlanView): void {
  if (output.json) return;
  const hosts = plan.targets.map(({ hostName }) => hostName).join(', ');
  const parameters = Object.entries(plan.parameters).map(([name, value]) => ` ${name}=${value}`);
  print(
    output,
    `plan ${plan.id}: ${plan.runbook}${oneLine(parameters.join(''))} on ${oneLine(hosts)} (${plan.hash.slice(0, 12)})`,
  );
}

export interface Approval {
  readonly plan?: string;
  /** The hash that was reviewed; without it, the plan as it is now and as it is printed. */
  readonly hash?: string;
  readonly reason?: string;
}

export async function approve(client: Client, output: Output, id: string, options: Approval): Promise<number> {
  const plan = await waitingPlan(client, id, options.plan);
  tell(output, plan);
  const action = `plans/${encodeURIComponent(plan.id)}/approve`;
  return post(client, output, id, action, { planHash: options.hash ?? plan.hash });
}

export async function reject(client: Client, output: Output, id: string, options: Approval): Promise<number> {
  const plan = await waitingPlan(client, id, options.plan);
  tell(output, plan);
  const action = `plans/${encodeURIComponent(plan.id)}/reject`;
  return post(client, output, id, action, { planHash: options.hash ?? plan.hash, reason: options.reason });
}
