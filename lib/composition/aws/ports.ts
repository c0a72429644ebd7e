import { lambda, ssm, ssmSender } from '../../adapters/aws/clients.ts';
import { invokedFigures } from '../../adapters/aws/invokedFigures.ts';
import { ssmRunner } from '../../adapters/aws/runner.ts';
import { httpClient } from '../../adapters/remote/http.ts';
import type { Deps } from '../../loop/deps.ts';
import { keyedTurns } from '../../loop/turns.ts';
import type { RunbookRunner } from '../../ports/runner.ts';
import { secretsOf } from '../secretSettings.ts';
import type { Base } from './base.ts';
import { awsDesk, type Timed } from './desk.ts';
import { variable } from './environment.ts';

/** Longer than a SendCommand with all its attempts: whoever holds an execution in `sending` for longer than this is dead. */
const SENDING_GRACE = 180_000;

/** What one sweep takes on: as much as its time limit allows at the pace of DynamoDB. */
export const ROUND = 200;

export type AwsDeps = Deps & Timed;

/** Every port on AWS but mail, which only the messenger has. */
export function awsDeps(base: Base): AwsDeps {
  return {
    ...awsDesk(base),
    runner: runner(base),
    cloud: invokedFigures(lambda(), variable('NIGHTSHIFT_FIGURES_FUNCTION')),
    http: httpClient(),
    mail: null,
    turns: keyedTurns(),
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
