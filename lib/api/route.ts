import type * as z from 'zod/mini';
import { fieldPath } from '../intake/alertmanager.ts';
import type { Operations } from '../loop/operations.ts';
import type { Actor } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';
import type { Clock } from '../ports/edges.ts';
import type { Role } from './tokens.ts';

export interface Call<Query, Body> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly actor: Actor;
  readonly clock: Clock;
}

/** One entry of the API: what is checked, who may, what answers. The router and the OpenAPI document are made of these. */
export interface Route<Query extends z.ZodMiniType = z.ZodMiniType, Body extends z.ZodMiniType = z.ZodMiniType> {
  readonly method: 'get' | 'post' | 'delete';
  /** Hono's form: `/api/incidents/:id`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly role: Role;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer: z.ZodMiniType;
  readonly handle: (call: Call<z.infer<Query>, z.infer<Body>>, operations: Operations) => Promise<unknown>;
}

/** Infers what `handle` is called with from the schemas beside it; outside, all routes are alike. */
export function route<Query extends z.ZodMiniType, Body extends z.ZodMiniType>(of: Route<Query, Body>): Route {
  return of as unknown as Route;
}

/** Throws `input` `api.<where>` with the path of the first field that is wrong. */
export function checked<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  where: 'query' | 'body',
): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] ?? { path: [], message: 'something else', code: 'custom' };
  const unknown = issue.code === 'unrecognized_keys' ? (issue as { keys: readonly string[] }).keys : [];
  const field = fieldPath([...issue.path, ...unknown.slice(0, 1)]);
  const expected = unknown.length > 0 ? 'no such field' : issue.message;
  throw invalid(`api.${where}`, `${field} is not what was expected: ${expected}.`, { field, expected });
}

export function textParam(params: Readonly<Record<string, string>>, name: string): string {
  const value = params[name] ?? '';
  if (/^[^\u0000-\u001f\u007f]{1,256}$/.test(value) && value.isWellFormed()) return value;
  throw invalid('api.path', `The ${name} in the path is not usable.`, { field: name, expected: '1 to 256 characters' });
}
