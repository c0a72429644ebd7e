import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { CloudFigure, CloudMetrics } from '../../ports/cloud.ts';
import { invoke } from './invoke.ts';

/** CloudWatch's figures as the function tells them that alone holds its client. Asks it for `{ ask: 'figures', about, from, to }`. */
export function invokedFigures(client: LambdaClient, functionName: string): CloudMetrics {
  return {
    figures: async (about, from, to) =>
      (await invoke(client, functionName, { ask: 'figures', about, from, to }, 'cloud')) as readonly CloudFigure[],
  };
}
