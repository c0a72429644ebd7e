import { s3Blobs } from '../../adapters/aws/blobs.ts';
import { dynamo, lambda, s3, sqs, ssm, ssmSender } from '../../adapters/aws/clients.ts';
import { invokedFigures } from '../../adapters/aws/invokedFigures.ts';
import { invokedInventory } from '../../adapters/aws/invokedInventory.ts';
import { dynamoLedger } from '../../adapters/aws/ledger/ledger.ts';
import { measured } from '../../adapters/aws/measured.ts';
import { queryPorts } from '../../adapters/aws/queries.ts';
import { ssmRunner } from '../../adapters/aws/runner.ts';
import { type WakeTimers, wakeTimers } from '../../adapters/aws/timers.ts';
import { httpClient } from '../../adapters/remote/http.ts';
import type { Deps } from '../../loop/deps.ts';
import { keyedTurns } from '../../loop/turns.ts';
import type { RunbookRunner } from '../../ports/runner.ts';
import { secretsOf } from '../secretSettings.ts';
import type { Base } from './base.ts';
import { variable } from './environment.ts';
import { signalsQueue } from './signalsQueue.ts';

/** Longer than a SendCommand with all its attempts: whoever holds an execution in `sending` for longer than this is dead. */
const SENDING_GRACE = 180_000;

/** What one sweep takes on: as much as its time limit allows at the pace of DynamoDB. */
export const ROUND = 200;

export type AwsDeps = Deps & { readonly timers: WakeTimers };

/** Every port on AWS but mail, which only the messenger has. */
export function awsDeps(base: Base): AwsDeps {
  const { settings, clock, log } = base;
  const messages = sqs();
  const functions = lambda();
  const { metrics, alertmanager } = queryPorts(functions, variable('NIGHTSHIFT_QUERY_FUNCTION'));
  return {
    ledger: measured(dynamoLedger(dynamo(), variable('NIGHTSHIFT_TABLE'))),
    queue: signalsQueue(base, messages),
    blobs: s3Blobs(s3(), variable('NIGHTSHIFT_BUCKET')),
    inventory: invokedInventory(functions, variable('NIGHTSHIFT_HOSTS_FUNCTION'), clock),
    runner: runner(base),
    metrics: settings.prometheus === null ? null : metrics,
    cloud: invokedFigures(functions, variable('NIGHTSHIFT_FIGURES_FUNCTION')),
    alertmanager: settings.alertmanager === null ? null : alertmanager,
    http: httpClient(),
    mail: null,
    catalogue: { active: async () => base.bundle },
    clock,
    ids: base.ids,
    timers: wakeTimers({
      client: messages,
      wakeUrl: variable('NIGHTSHIFT_WAKE_URL'),
      notifyUrl: variable('NIGHTSHIFT_NOTIFY_URL'),
      clock,
      ids: base.ids,
      log,
    }),
    log,
    settings,
    turns: keyedTurns(),
    sha256: base.sha256,
    random: base.random,
    round: async () => ROUND,
    sendingGrace: SENDING_GRACE,
  };
}

function runner({ settings, clock }: Base): RunbookRunner {
  return ssmRunner({
    sender: ssmSender(),
    reader: ssm(),
    documentPrefix: variable('NIGHTSHIFT_DOCUMENT_PREFIX'),
    delivery: settings.runner.delivery,
    clock,
    secrets: secretsOf(settings),
  });
}
