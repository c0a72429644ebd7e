import { runSimulation } from '@cloud-copilot/iam-simulate';
import { describe, expect, test } from '@jest/globals';
import { roles, type Statement, UNCONFINED } from '../../infra/aws/roles.ts';

const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';
const OPTIONS = {
  stage: 'prod',
  documentPrefix: 'nightshift-prod-',
  managedTag: 'nightshift:managed',
  managedValue: 'true',
  vpc: true,
};
const at = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const of = {
  table: at('dynamodb', 'table/nightshift-prod-ledger'),
  data: 'arn:aws:s3:::nightshift-prod-data',
  audit: 'arn:aws:s3:::nightshift-prod-audit',
  signals: at('sqs', 'nightshift-prod-signals.fifo'),
  wake: at('sqs', 'nightshift-prod-wake'),
  notify: at('sqs', 'nightshift-prod-notify.fifo'),
  dead: at('sqs', 'nightshift-prod-dead'),
  query: at('lambda', 'function:nightshift-prod-query'),
  hosts: at('lambda', 'function:nightshift-prod-hosts'),
  figures: at('lambda', 'function:nightshift-prod-figures'),
  document: at('ssm', 'document/nightshift-prod-redis-restart-redis'),
  secret: at('ssm', 'parameter/nightshift/prod/intake-token'),
  instance: at('ec2', 'instance/i-0123456789abcdef0'),
  identity: at('ses', 'identity/example.com'),
};
const ARNS: Readonly<Record<string, string>> = {
  LedgerTable: of.table,
  DataBucket: of.data,
  AuditBucket: of.audit,
  SignalsQueue: of.signals,
  WakeQueue: of.wake,
  NotifyQueue: of.notify,
  DeadLetters: of.dead,
};
const PSEUDO: Readonly<Record<string, string>> = { Partition: 'aws', Region: REGION, AccountId: ACCOUNT };

/** What CloudFormation makes of the references in a policy. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  if ('Fn::GetAtt' in value) return ARNS[(value['Fn::GetAtt'] as [string])[0]];
  if ('Fn::Sub' in value)
    return String(value['Fn::Sub'])
      .replace(/\$\{AWS::(\w+)\}/g, (_, name: string) => PSEUDO[name] ?? '')
      .replace(/\$\{(\w+)\.Arn\}/g, (_, name: string) => ARNS[name] ?? '');
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolved(one)]));
}

interface Role {
  readonly Properties: { readonly Policies: [{ PolicyDocument: { Version: string; Statement: Statement[] } }] };
}
const policies = Object.fromEntries(
  Object.entries(roles(OPTIONS)).map(([name, role]) => [
    name.replace(/Role$/, '').toLowerCase(),
    resolved((role as Role).Properties.Policies[0].PolicyDocument) as { Statement: Statement[] },
  ]),
);
const FUNCTIONS = Object.keys(policies);

type Ask = readonly [action: string, resource: string, context?: Readonly<Record<string, string>>];

async function answer(name: string, [action, resource, context = {}]: Ask): Promise<string> {
  const policy = policies[name];
  const response = await runSimulation(
    {
      identityPolicies: [{ name, policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      request: {
        action,
        principal: `arn:aws:iam::${ACCOUNT}:role/nightshift-prod-${name}`,
        resource: { accountId: ACCOUNT, resource },
        contextVariables: context,
      },
    },
    {},
  );
  if (response.resultType === 'error') throw new Error(`${name} ${action}: ${JSON.stringify(response.errors)}`);
  return response.overallResult;
}

const tagged = { 'ssm:resourceTag/nightshift:managed': 'true' };
const READ: readonly Ask[] = [
  ['dynamodb:GetItem', of.table],
  ['dynamodb:Query', of.table],
];
const WRITE: readonly Ask[] = [...READ, ['dynamodb:PutItem', of.table], ['dynamodb:ConditionCheckItem', of.table]];
const SECRET: Ask = ['ssm:GetParameter', of.secret];
const BLOBS: readonly Ask[] = [
  ['s3:GetObject', `${of.data}/incidents/x`],
  ['s3:PutObject', `${of.data}/incidents/x`],
];
const ASIDE: readonly Ask[] = [
  ['s3:DeleteObject', `${of.data}/watch/warm/x`],
  ['s3:DeleteObject', `${of.data}/watch/spread/x`],
];
const ASK: readonly Ask[] = [
  ['lambda:InvokeFunction', of.query],
  ['lambda:InvokeFunction', of.hosts],
];
const SEND: readonly Ask[] = [
  ['ssm:SendCommand', of.document],
  ['ssm:SendCommand', of.instance, tagged],
];
const COMMANDS: readonly Ask[] = [...SEND, ['ssm:GetCommandInvocation', '*'], ['ssm:ListCommands', '*']];
const LOOP: readonly Ask[] = [
  ['lambda:InvokeFunction', of.figures],
  SECRET,
  ...WRITE,
  ...BLOBS,
  ...ASK,
  ...COMMANDS,
  ['sqs:SendMessage', of.wake],
];
const PEOPLE: readonly Ask[] = [SECRET, ...WRITE, ...BLOBS, ...ASK, ['sqs:SendMessage', of.wake]];
const consume = (queue: string): readonly Ask[] => [
  ['sqs:ReceiveMessage', queue],
  ['sqs:DeleteMessage', queue],
];

/** What each function does when it works. */
const MUST: Readonly<Record<string, readonly Ask[]>> = {
  webhook: [SECRET, ['sqs:SendMessage', of.signals]],
  signals: [
    ['sqs:SendMessage', of.signals],
    ['lambda:InvokeFunction', of.hosts],
  ],
  triage: [...LOOP, ...consume(of.signals)],
  status: LOOP,
  sweep: [...LOOP, ...consume(of.wake)],
  notify: [...PEOPLE, ...consume(of.notify), ['ses:SendEmail', of.identity]],
  heartbeat: PEOPLE,
  watch: [SECRET, ...WRITE, ...BLOBS, ...ASIDE, ['sqs:SendMessage', of.signals], ['lambda:InvokeFunction', of.query]],
  query: [['ec2:CreateNetworkInterface', '*']],
  hosts: [
    ['ec2:DescribeInstances', '*'],
    ['ssm:DescribeInstanceInformation', '*'],
  ],
  figures: [
    ['cloudwatch:GetMetricData', '*'],
    ['lambda:InvokeFunction', of.hosts],
  ],
  api: [...PEOPLE, ...ASIDE, ['dynamodb:Scan', of.table], ['sqs:GetQueueAttributes', of.dead]],
  callbacks: PEOPLE,
  runbook: LOOP,
  audit: [...WRITE, ['s3:PutObject', `${of.audit}/roots/x`]],
  cleanup: [...WRITE, ['dynamodb:Scan', of.table]],
};
const SENDERS = ['triage', 'status', 'sweep', 'runbook'];
const AUDITORS = ['audit'];

/** What no function may do, whatever it is. */
const NEVER: readonly Ask[] = [
  ['ssm:SendCommand', at('ssm', 'document/AWS-RunShellScript')],
  ['ssm:SendCommand', at('ssm', 'document/nightshift-dev-restart-redis')],
  ['ssm:SendCommand', of.instance],
  ['ssm:SendCommand', of.instance, { 'ssm:resourceTag/nightshift:managed': 'false' }],
  ['ssm:SendCommand', of.instance, { 'ssm:resourceTag/other': 'true' }],
  ['ssm:SendCommand', at('ssm', 'managed-instance/mi-0123456789abcdef0')],
  ['ssm:StartSession', of.instance],
  ['ssm:CreateDocument', of.document],
  ['ssm:UpdateDocument', of.document],
  ['ssm:GetParameter', at('ssm', 'parameter/nightshift/dev/intake-token')],
  ['ssm:GetParameter', at('ssm', 'parameter/another')],
  ['ssm:PutParameter', of.secret],
  ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/any`],
  ['sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/any`],
  ['dynamodb:GetItem', at('dynamodb', 'table/another')],
  ['dynamodb:PutItem', at('dynamodb', 'table/nightshift-dev-ledger')],
  ['dynamodb:DeleteTable', of.table],
  ['s3:GetObject', 'arn:aws:s3:::another/x'],
  ['s3:DeleteObject', `${of.data}/incidents/x`],
  ['s3:DeleteObject', `${of.data}/watch/0/1`],
  ['s3:DeleteObject', `${of.audit}/roots/x`],
  ['s3:DeleteObjectVersion', `${of.audit}/roots/x`],
  ['s3:BypassGovernanceRetention', `${of.audit}/roots/x`],
  ['s3:PutBucketPolicy', of.audit],
  ['ec2:TerminateInstances', of.instance],
  ['ec2:StopInstances', of.instance],
  ['lambda:InvokeFunction', at('lambda', 'function:another')],
  ['lambda:UpdateFunctionCode', of.query],
  ['sqs:PurgeQueue', of.signals],
  ['sqs:SendMessage', at('sqs', 'another')],
];

const asked = (one: Ask) => one.join(' on ').slice(0, 120);

describe('what a function may do, by the rules of IAM', () => {
  test('every function is in the matrix', () => {
    expect(Object.keys(MUST).sort()).toEqual([...FUNCTIONS].sort());
  });

  test.each(FUNCTIONS)('%s may do what it must', async (name) => {
    const refused: string[] = [];
    for (const one of MUST[name] ?? []) if ((await answer(name, one)) !== 'Allowed') refused.push(asked(one));
    expect(refused).toEqual([]);
  });

  test.each(FUNCTIONS)('%s may do nothing else that matters', async (name) => {
    const allowed: string[] = [];
    for (const one of NEVER) if ((await answer(name, one)) === 'Allowed') allowed.push(asked(one));
    expect(allowed).toEqual([]);
  });

  test('commands are sent by those alone that carry an incident on, and the audit is written by one alone', async () => {
    const may = async (one: Ask) => {
      const found: string[] = [];
      for (const name of FUNCTIONS) if ((await answer(name, one)) === 'Allowed') found.push(name);
      return found.sort();
    };
    for (const one of SEND) expect(await may(one)).toEqual([...SENDERS].sort());
    expect(await may(['s3:PutObject', `${of.audit}/roots/x`])).toEqual(AUDITORS);
    expect(await may(['ses:SendEmail', of.identity])).toEqual(['notify']);
  });

  test('no action has a wildcard, and a resource is * only for what AWS lets nobody confine', () => {
    const all = Object.values(policies).flatMap(({ Statement }) => Statement);
    expect(all.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    const open = all.filter(({ Resource }) => [Resource].flat().includes('*')).flatMap(({ Action }) => Action);
    expect([...new Set(open)].filter((action) => !UNCONFINED.includes(action))).toEqual([]);
    expect(UNCONFINED.filter((action) => !open.includes(action))).toEqual([]);
  });
});
