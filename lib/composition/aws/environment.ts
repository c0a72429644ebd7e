import { failed } from '../../model/errors.ts';

/** What serverless.yml hands to a function; each asks only for the names it uses. */
export type Variable =
  | 'NIGHTSHIFT_TABLE'
  | 'NIGHTSHIFT_BUCKET'
  | 'NIGHTSHIFT_AUDIT_BUCKET'
  | 'NIGHTSHIFT_SIGNALS_URL'
  | 'NIGHTSHIFT_DEAD_LETTERS_URL'
  | 'NIGHTSHIFT_WAKE_URL'
  | 'NIGHTSHIFT_NOTIFY_URL'
  | 'NIGHTSHIFT_QUERY_FUNCTION'
  | 'NIGHTSHIFT_HOSTS_FUNCTION'
  | 'NIGHTSHIFT_FIGURES_FUNCTION'
  | 'NIGHTSHIFT_DOCUMENT_PREFIX'
  | 'NIGHTSHIFT_MANAGED_TAG'
  | 'NIGHTSHIFT_MANAGED_VALUE'
  | 'NIGHTSHIFT_TOKENS';

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
