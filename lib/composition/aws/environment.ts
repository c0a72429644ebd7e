import * as z from 'zod/mini';
import { failed } from '../../model/errors.ts';

const text = z.string().check(z.minLength(1));

/** What serverless.yml hands to a function; each asks only for the names it uses. */
const variables = z.object({
  NIGHTSHIFT_STAGE: text,
  NIGHTSHIFT_TABLE: text,
  NIGHTSHIFT_BUCKET: text,
  NIGHTSHIFT_AUDIT_BUCKET: text,
  NIGHTSHIFT_SIGNALS_URL: text,
  NIGHTSHIFT_DEAD_LETTERS_URL: text,
  NIGHTSHIFT_WAKE_URL: text,
  NIGHTSHIFT_QUERY_FUNCTION: text,
  NIGHTSHIFT_DOCUMENT_PREFIX: text,
  NIGHTSHIFT_MANAGED_TAG: text,
  NIGHTSHIFT_MANAGED_VALUE: text,
  NIGHTSHIFT_PARAMETERS: text,
});
export type Variable = keyof z.infer<typeof variables>;

/** Throws `failed` `aws.environment` naming the variable that is not set: the function was deployed without it. */
export function variable(name: Variable, environment: NodeJS.ProcessEnv = process.env): string {
  const value = environment[name];
  if (value !== undefined && value !== '') return value;
  throw failed('aws.environment', `${name} is not set`, {
    field: name,
    expected: 'what serverless.yml sets',
    retryable: false,
  });
}
