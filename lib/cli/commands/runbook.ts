import { DISPATCH_PARAMETERS } from '../../language/parameters.ts';
import { invalid } from '../../model/errors.ts';
import type { Incident } from '../../model/incident.ts';
import type { Runbook } from '../../model/runbook.ts';
import type { Client } from '../client.ts';
import { type Output, paint, paintWord, print, printJson, printTable } from '../output.ts';
import { printReason } from './why.ts';

export async function list(client: Client, output: Output): Promise<number> {
  const answer = await client.get<{ bundleHash: string; items: readonly Omit<Runbook, 'document'>[] }>('/api/runbooks');
  if (output.json) return printJson(output, answer);
  const rows = answer.items.map((runbook) => [
    runbook.name,
    runbook.pack,
    { text: runbook.effect, style: runbook.effect === 'read' ? ('green' as const) : ('yellow' as const) },
    // What is given by whoever sends it is not the caller's to give.
    runbook.parameters
      .filter(({ name }) => !DISPATCH_PARAMETERS.some((one) => one === name))
      .map((one) => (one.default === null ? one.name : `[${one.name}]`))
      .join(' ') || '-',
    runbook.description,
  ]);
  printTable(output, ['RUNBOOK', 'PACK', 'EFFECT', 'PARAMETERS', 'DESCRIPTION'], rows);
  return 0;
}

export interface RunOptions {
  readonly host: readonly string[];
  readonly param?: readonly string[];
  readonly dryRun?: boolean;
  readonly reason: string;
}

function parametersOf(pairs: readonly string[]): Record<string, string> {
  const entries = pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
    throw invalid('cli.param', `'${pair}' is no parameter.`, { field: '--param', expected: 'name=value' });
  });
  return Object.fromEntries(entries);
}

export async function run(client: Client, output: Output, name: string, options: RunOptions): Promise<number> {
  const incident = await client.send<Incident>('POST', '/api/runs', {
    runbook: name,
    hosts: options.host,
    parameters: parametersOf(options.param ?? []),
    dryRun: options.dryRun ?? false,
    reason: options.reason,
  });
  // A run that its guards refused is an answer of the API and a failure of what was asked.
  const ran = incident.plans.some((plan) => plan.state !== 'refused');
  if (output.json) printJson(output, incident);
  else printRun(output, incident);
  return ran ? 0 : 1;
}

/** A refused run has no plan: what refused it is the answer. */
function printRun(output: Output, { id, plans, decisions }: Incident): void {
  const plan = plans.at(-1);
  const decision = decisions.at(-1);
  const without = decision?.outcome === 'refuse' ? 'refused' : 'no plan';
  print(output, `${id}: ${plan === undefined ? without : `${paintWord(output, plan.state)}  ${plan.reason}`}`);
  // The last rule is the decision itself: it only names the others.
  const against = (decision?.reasons ?? []).filter(({ rule, verdict }) => verdict === 'refuse' && rule !== 'outcome');
  const width = Math.max(0, ...against.map(({ rule }) => rule.length));
  for (const reason of against) printReason(output, reason, width);
  print(output, paint(output, 'dim', `follow it with: nightshift why ${id}`));
}
