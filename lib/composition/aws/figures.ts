import { cloudwatch, lambda } from '../../adapters/aws/clients.ts';
import { cloudwatchFigures } from '../../adapters/aws/cloudwatch.ts';
import { invokedInventory } from '../../adapters/aws/invokedInventory.ts';
import { systemClock } from '../../adapters/embedded/clock.ts';
import type { Millis } from '../../model/basic.ts';
import type { FunctionAnswer } from '../../model/query.ts';
import type { CloudSubject } from '../../ports/cloud.ts';
import { answered } from './answered.ts';
import { variable } from './environment.ts';
import { once } from './once.ts';

/** As `invokedFigures` asks; nobody else may invoke the function. */
export interface FiguresQuestion {
  readonly about: CloudSubject;
  readonly from: Millis;
  readonly to: Millis;
}

const source = once(async () =>
  cloudwatchFigures({
    client: cloudwatch(),
    inventory: invokedInventory(lambda(), variable('NIGHTSHIFT_HOSTS_FUNCTION'), systemClock),
  }),
);

export const figures = ({ about, from, to }: FiguresQuestion): Promise<FunctionAnswer> =>
  answered(async () => (await source()).figures(about, from, to));
