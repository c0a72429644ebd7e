import type { Indicator } from '../../model/catalogue.ts';

/** One figure of CloudWatch: where it is, and what it means. */
export interface Figure {
  readonly namespace: 'AWS/EC2' | 'AWS/EBS' | 'AWS/Lambda' | 'AWS/SQS';
  readonly dimension: 'InstanceId' | 'VolumeId' | 'FunctionName' | 'QueueName';
  readonly name: string;
  readonly stat: 'Minimum' | 'Maximum' | 'Sum';
  readonly indicator: Indicator;
}

const of =
  (namespace: Figure['namespace'], dimension: Figure['dimension'], prefix: string) =>
  (
    name: string,
    stat: Figure['stat'],
    title: string,
    direction: Indicator['direction'],
    unit: string,
    normal: string,
  ): Figure => {
    const expr = `${namespace} ${name} ${stat}`;
    const id = `${prefix}_${name.replace(/[^A-Za-z]+/g, '')}`;
    return { namespace, dimension, name, stat, indicator: { id, pack: 'aws', title, expr, unit, direction, normal } };
  };

const ec2 = of('AWS/EC2', 'InstanceId', 'ec2');
const ebs = of('AWS/EBS', 'VolumeId', 'ebs');
const lambda = of('AWS/Lambda', 'FunctionName', 'lambda');
const sqs = of('AWS/SQS', 'QueueName', 'sqs');

/** What only the cloud knows. What an exporter on the host measures better (CPU, network, disks) is not here. */
export const FIGURES: readonly Figure[] = [
  ec2('CPUCreditBalance', 'Minimum', 'CPU credits', 'low', '', 'above zero; at zero the instance is slowed down'),
  ec2('CPUSurplusCreditsCharged', 'Maximum', 'surplus CPU credits', 'high', '', 'zero'),
  ec2('StatusCheckFailed_System', 'Maximum', 'failed system status check', 'high', '', '0'),
  ec2('StatusCheckFailed_Instance', 'Maximum', 'failed instance status check', 'high', '', '0'),
  ec2('StatusCheckFailed_AttachedEBS', 'Maximum', 'failed check of attached volumes', 'high', '', '0'),
  ec2('EBSIOBalance%', 'Minimum', 'burst balance of volume operations', 'low', '%', '100'),
  ec2('EBSByteBalance%', 'Minimum', 'burst balance of volume throughput', 'low', '%', '100'),
  ebs('BurstBalance', 'Minimum', 'burst balance of the volume', 'low', '%', '100; at zero the volume is slowed down'),
  ebs('VolumeQueueLength', 'Maximum', 'operations waiting for the volume', 'high', '', 'below ten'),
  lambda('Errors', 'Sum', 'errors of the function', 'high', '', '0'),
  lambda('Throttles', 'Sum', 'throttled calls of the function', 'high', '', '0'),
  lambda('Duration', 'Maximum', 'duration of the function', 'high', 'ms', 'well below its time limit'),
  lambda('ConcurrentExecutions', 'Maximum', 'calls at a time of the function', 'high', '', 'below its limit'),
  sqs('ApproximateAgeOfOldestMessage', 'Maximum', 'age of the oldest message', 'high', 's', 'seconds'),
  sqs('ApproximateNumberOfMessagesVisible', 'Maximum', 'messages waiting', 'high', '', 'near zero'),
];
