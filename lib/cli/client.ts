import { type ErrorKind, failed, NightshiftError } from '../model/errors.ts';
import { findInstance, type Instance } from './find.ts';

const TIMEOUT = 30_000;

/** The API as the commands see it. Answers are of the model's types: both sides are of one version. */
export interface Client {
  readonly url: string;
  get<T>(path: string): Promise<T>;
  send<T>(method: 'POST' | 'DELETE', path: string, body: unknown): Promise<T>;
  text(path: string): Promise<string>;
}

function unreachable({ url, named }: Instance, cause: unknown): NightshiftError {
  const message = `no running Nightshift found at ${url} (${named}): start it, or set NIGHTSHIFT_DATA or NIGHTSHIFT_URL`;
  return failed('cli.unreachable', message, { field: 'NIGHTSHIFT_URL', cause });
}

async function call(instance: Instance, path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers({ 'x-nightshift-client': 'cli', 'content-type': 'application/json' });
  if (instance.token !== null) headers.set('authorization', `Bearer ${instance.token}`);
  try {
    return await fetch(`${instance.url}${path}`, {
      ...init,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch (cause) {
    throw unreachable(instance, cause);
  }
}

interface ErrorAnswer {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly field?: string | null;
    readonly expected?: string | null;
  };
}

/** The error as it was on the other side; something else at that address is not ours. */
async function errorOf(response: Response, { url, hint: ofToken }: Instance): Promise<NightshiftError> {
  const answer = (await response.json().catch(() => ({}))) as ErrorAnswer;
  const { code, message, field, expected } = answer.error ?? {};
  if (code === undefined || message === undefined)
    return failed('cli.unreachable', `what answers at ${url} is no Nightshift (HTTP ${response.status})`);
  const kind: ErrorKind = response.status === 400 ? 'input' : response.status >= 500 ? 'failed' : 'refused';
  const hint = response.status === 401 ? ofToken : expected;
  return new NightshiftError(kind, code, message, { ...(field ? { field } : {}), ...(hint ? { expected: hint } : {}) });
}

async function answered(response: Response, instance: Instance): Promise<Response> {
  // A Nightshift that is down still tells of its health.
  const isHealth = response.url.endsWith('/health') && response.status === 503;
  if (response.ok || isHealth) return response;
  throw await errorOf(response, instance);
}

export function createClient(instance: Instance): Client {
  const { url } = instance;
  const json = async <T>(path: string, init: RequestInit): Promise<T> => {
    const response = await answered(await call(instance, path, init), instance);
    if (!(response.headers.get('content-type') ?? '').startsWith('application/json'))
      throw failed('cli.unreachable', `what answers at ${url} is no Nightshift`);
    return (await response.json()) as T;
  };
  return {
    url,
    get: (path) => json(path, { method: 'GET' }),
    send: (method, path, body) => json(path, { method, body: JSON.stringify(body) }),
    text: async (path) => (await answered(await call(instance, path, { method: 'GET' }), instance)).text(),
  };
}

export const connect = async (): Promise<Client> => createClient(await findInstance(process.env, process.cwd()));
