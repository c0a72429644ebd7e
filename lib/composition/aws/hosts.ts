import { ec2, ssm } from '../../adapters/aws/clients.ts';
import { ec2Inventory } from '../../adapters/aws/inventory.ts';
import type { FunctionAnswer } from '../../model/query.ts';
import { answered } from './answered.ts';
import { variable } from './environment.ts';
import { once } from './once.ts';

const inventory = once(async () =>
  ec2Inventory({
    ec2: ec2(),
    ssm: ssm(),
    managed: { tag: variable('NIGHTSHIFT_MANAGED_TAG'), value: variable('NIGHTSHIFT_MANAGED_VALUE') },
  }),
);

/** The hosts as they are now: nothing is kept from one question to the next. */
export const hosts = (): Promise<FunctionAnswer> => answered(async () => (await inventory()).hosts());
