import { isNightshiftError } from '../../model/errors.ts';
import type { ExecutionView, Incident, PlanView } from '../../model/incident.ts';
import type { Decision, Reason, Verification } from '../../model/plan.ts';
import type { Client } from '../client.ts';
import { type Output, oneLine, paint, paintWord, plain, print, printJson, time } from '../output.ts';
import { path, printHead } from './incidents.ts';

const SIGNS = { pass: '✓', refuse: '✗', hold: '…' } as const;
const TAIL_LINES = 12;

export function printReason(output: Output, reason: Reason, width: number): void {
  const sign = paint(
    output,
    reason.verdict === 'pass' ? 'green' : reason.verdict === 'refuse' ? 'red' : 'yellow',
    SIGNS[reason.verdict],
  );
  print(output, `  ${sign} ${reason.rule.padEnd(width)}  ${oneLine(reason.text)}`);
}

function printDecision(output: Output, decision: Decision): void {
  const policy = decision.policy === null ? '' : ` · policy ${decision.policy}`;
  print(
    output,
    `\n${paint(output, 'bold', `Decision: ${decision.outcome}`)}${policy} · ${time(decision.at)} · by ${oneLine(decision.by.name)}`,
  );
  const width = Math.max(0, ...decision.reasons.map(({ rule }) => rule.length));
  for (const reason of decision.reasons) printReason(output, reason, width);
}

const value = (number: number | null): string => (number === null ? 'no data' : String(number));

function printVerification(output: Output, verification: Verification): void {
  const { before, after, result } = verification;
  print(output, `    ${paintWord(output, result)}: ${value(before)} → ${value(after)}  ${oneLine(verification.expr)}`);
  print(output, `    ${oneLine(verification.reason)}`);
}

/** Output is kept as {stdout, stderr}; anything else is shown as it is. */
function linesOf(text: string): string[] {
  try {
    const { stdout = '', stderr = '' } = JSON.parse(text) as { stdout?: string; stderr?: string };
    return [stdout, stderr].flatMap((part) => part.split('\n')).filter((line) => line !== '');
  } catch (error) {
    if (error instanceof SyntaxError) return text.split('\n');
    throw error;
  }
}

async function printOutput(client: Client, output: Output, key: string): Promise<void> {
  const lines = linesOf(await outputOf(client, key));
  if (lines.length > TAIL_LINES)
    print(output, paint(output, 'dim', `    │ … ${lines.length - TAIL_LINES} lines before`));
  for (const line of lines.slice(-TAIL_LINES)) print(output, `${paint(output, 'dim', '    │')} ${plain(line)}`);
}

async function outputOf(client: Client, key: string): Promise<string> {
  try {
    return await client.text(`/api/blobs/${key}`);
  } catch (error) {
    if (isNightshiftError(error) && error.code !== 'cli.unreachable') return `(output not available: ${error.message})`;
    throw error;
  }
}

async function printExecution(client: Client, output: Output, execution: ExecutionView): Promise<void> {
  const exit = execution.exitCode === null ? '' : ` · exit ${execution.exitCode}`;
  const took = execution.endedAt === null ? '' : ` · ${((execution.endedAt - execution.intentAt) / 1000).toFixed(1)} s`;
  print(
    output,
    `  ${oneLine(execution.target.hostName)}: ${paintWord(output, execution.state)}${exit}${took}  ${oneLine(execution.reason)}`,
  );
  if (execution.output !== null) await printOutput(client, output, execution.output);
  if (execution.verification !== null) printVerification(output, execution.verification);
}

async function printPlan(client: Client, output: Output, plan: PlanView): Promise<void> {
  const parameters = Object.entries(plan.parameters).map(([name, given]) => `${name}=${given}`);
  const dry = plan.dryRun ? ' · dry run' : '';
  print(
    output,
    `\n${paint(output, 'bold', `Plan ${plan.id}`)}: ${paintWord(output, plan.state)}${dry}  ${oneLine(plan.reason)}`,
  );
  print(output, `  runbook ${plan.runbook} (${plan.effect}) ${oneLine(parameters.join(' '))}`);
  print(output, `  hosts ${oneLine(plan.targets.map(({ hostName }) => hostName).join(', ')) || 'none'}`);
  if (plan.approvedBy !== null) print(output, `  approved by ${oneLine(plan.approvedBy)}`);
  if (plan.state === 'awaiting-approval')
    print(output, `  waits until ${time(plan.approveBy)}: nightshift approve <incident>`);
  for (const execution of plan.executions) await printExecution(client, output, execution);
}

function printNothing(output: Output, incident: Incident): void {
  const why = incident.diagnosis === 'wanted' ? 'its diagnosis is still under way' : 'triage has not come to it yet';
  print(output, `\nNothing has been decided: ${why}.`);
}

export async function why(client: Client, output: Output, id: string): Promise<number> {
  if (output.json) return printJson(output, await client.get(`${path(id)}/why`));
  const incident = await client.get<Incident>(path(id));
  printHead(output, incident);
  if (incident.evidence !== null) print(output, oneLine(incident.evidence.summary));
  if (incident.decisions.length === 0) printNothing(output, incident);
  for (const decision of incident.decisions) printDecision(output, decision);
  for (const plan of incident.plans) await printPlan(client, output, plan);
  return 0;
}
