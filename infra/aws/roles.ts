/**
 * What each function may do, and nothing else. Actions are named one by one; a resource is `*` only for actions that AWS lets
 * nobody confine (`UNCONFINED`), which a test checks against this list.
 */
type Value = string | { readonly [key: string]: unknown };
export interface Statement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: Value | readonly Value[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Value>>>>;
}
export interface RoleOptions {
  readonly stage: string;
  readonly documentPrefix: string;
  readonly managedTag: string;
  readonly managedValue: string;
  /** Whether the query function stands in a VPC. */
  readonly vpc: boolean;
}

/** Actions for which the service defines no resource: AWS accepts nothing but `*`. */
export const UNCONFINED: readonly string[] = [
  'ssm:GetCommandInvocation',
  'ssm:ListCommands',
  'ssm:CancelCommand',
  'ssm:DescribeInstanceInformation',
  'cloudwatch:GetMetricData',
  'ec2:DescribeInstances',
  'ec2:DescribeInstanceStatus',
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DeleteNetworkInterface',
];

const sub = (text: string) => ({ 'Fn::Sub': text });
const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const allow = (Action: readonly string[], Resource: Statement['Resource']): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
});

const sendTo = (queue: string) => allow(['sqs:SendMessage'], arn(queue));
const consume = (queue: string) =>
  allow(
    ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
    arn(queue),
  );
const ledger = allow(
  [
    'dynamodb:GetItem',
    'dynamodb:BatchGetItem',
    'dynamodb:Query',
    'dynamodb:PutItem',
    'dynamodb:DeleteItem',
    'dynamodb:ConditionCheckItem',
  ],
  arn('LedgerTable'),
);
/** An audit and a clean-up read the whole table. */
const scan = allow(['dynamodb:Scan'], arn('LedgerTable'));
const bucket = (logicalId: string): Statement[] => [
  allow(['s3:GetObject', 's3:PutObject'], sub(`\${${logicalId}.Arn}/*`)),
  allow(['s3:ListBucket'], arn(logicalId)),
];
/** Handed-over states, once they are read no more: nothing else of what is kept is ever removed. */
const handedOver = allow(
  ['s3:DeleteObject'],
  ['warm', 'spread'].map((aside) => sub(`\${DataBucket.Arn}/watch/${aside}/*`)),
);
const functionArn = (options: RoleOptions, name: string) =>
  sub(`arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:nightshift-${options.stage}-${name}`);
const ask = (options: RoleOptions) =>
  allow(['lambda:InvokeFunction'], [functionArn(options, 'query'), functionArn(options, 'hosts')]);
const secrets = ({ stage }: RoleOptions) =>
  allow(
    ['ssm:GetParameter'],
    sub(`arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/nightshift/${stage}/*`),
  );

/** Two statements for one call: the document must be ours, and the instance must be tagged for us. */
function commands({ documentPrefix, managedTag, managedValue }: RoleOptions): Statement[] {
  const documents = sub(`arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:document/${documentPrefix}*`);
  return [
    allow(['ssm:SendCommand', 'ssm:GetDocument', 'ssm:DescribeDocument'], documents),
    {
      ...allow(['ssm:SendCommand'], sub('arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*')),
      Condition: { StringEquals: { [`ssm:resourceTag/${managedTag}`]: managedValue } },
    },
    allow(['ssm:GetCommandInvocation', 'ssm:ListCommands', 'ssm:CancelCommand'], '*'),
  ];
}

/** Whatever carries an incident on needs all of this. */
const loop = (options: RoleOptions): Statement[] => [
  secrets(options),
  ledger,
  ...bucket('DataBucket'),
  sendTo('SignalsQueue'),
  sendTo('WakeQueue'),
  sendTo('NotifyQueue'),
  ask(options),
  allow(['lambda:InvokeFunction'], functionArn(options, 'figures')),
  ...commands(options),
];
/** Whatever only reads and writes incidents: it sends no command. */
const people = (options: RoleOptions): Statement[] => [
  secrets(options),
  ledger,
  ...bucket('DataBucket'),
  sendTo('WakeQueue'),
  sendTo('NotifyQueue'),
  ask(options),
];

export function statements(options: RoleOptions): Readonly<Record<string, readonly Statement[]>> {
  return {
    webhook: [secrets(options), sendTo('SignalsQueue')],
    signals: [
      secrets(options),
      sendTo('SignalsQueue'),
      allow(['lambda:InvokeFunction'], functionArn(options, 'hosts')),
    ],
    triage: [...loop(options), consume('SignalsQueue')],
    sweep: [...loop(options), consume('WakeQueue')],
    status: loop(options),
    notify: [
      ...people(options),
      consume('NotifyQueue'),
      allow(['ses:SendEmail'], sub('arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*')),
    ],
    heartbeat: people(options),
    watch: [
      secrets(options),
      ledger,
      ...bucket('DataBucket'),
      handedOver,
      sendTo('SignalsQueue'),
      allow(['lambda:InvokeFunction'], functionArn(options, 'query')),
    ],
    query: options.vpc
      ? [allow(['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'], '*')]
      : [],
    hosts: [allow(['ec2:DescribeInstances', 'ec2:DescribeInstanceStatus', 'ssm:DescribeInstanceInformation'], '*')],
    figures: [
      allow(['cloudwatch:GetMetricData'], '*'),
      allow(['lambda:InvokeFunction'], functionArn(options, 'hosts')),
    ],
    api: [...people(options), handedOver, scan, allow(['sqs:SendMessage'], arn('SignalsQueue')), queueDepth],
    callbacks: people(options),
    runbook: loop(options),
    audit: [secrets(options), ledger, ...bucket('AuditBucket')],
    cleanup: [secrets(options), ledger, scan],
  };
}
const queueDepth = allow(['sqs:GetQueueAttributes'], [arn('SignalsQueue'), arn('DeadLetters')]);

const logical = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}Role`;

/** One role a function, named in serverless.yml as `role: <Name>Role`. */
export function roles(options: RoleOptions): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(statements(options)).map(([name, own]) => [logical(name), role(options, name, own)]),
  );
}

function role({ stage }: RoleOptions, name: string, own: readonly Statement[]) {
  const group = `/aws/lambda/nightshift-${stage}-${name}`;
  const logs = allow(
    ['logs:CreateLogStream', 'logs:PutLogEvents'],
    sub(`arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:${group}:*`),
  );
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: sub(`nightshift-${stage}-${name}-\${AWS::Region}`),
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
      Policies: [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: [...own, logs] } }],
    },
  };
}
