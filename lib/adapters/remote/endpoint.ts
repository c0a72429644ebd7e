import type { Duration } from '../../model/basic.ts';
import { failed, isNightshiftError } from '../../model/errors.ts';
import type { HttpPort, HttpResponse } from '../../ports/edges.ts';

export interface Endpoint {
  readonly url: string;
  readonly timeout: Duration;
  readonly http: HttpPort;
  readonly maxBytes: number;
  /** Error code of everything that goes wrong here: `metrics.unavailable`, `alertmanager.unavailable`. */
  readonly code: string;
}

/** GET, or POST of a form. Anything but a whole answer is `failed` with the endpoint's code. */
export async function call(to: Endpoint, path: string, form?: Readonly<Record<string, string>>): Promise<HttpResponse> {
  const { url, headers } = address(to.url, path);
  const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await to.http
    .request({
      method: form === undefined ? 'GET' : 'POST',
      url,
      headers: { accept: 'application/json', ...headers, ...type },
      body: form === undefined ? null : new URLSearchParams(form).toString(),
      timeout: to.timeout,
    })
    .catch((cause: unknown) => {
      const detail = isNightshiftError(cause) ? cause.message : 'no answer';
      throw failed(to.code, detail, { cause });
    });
  // The client cuts at its cap: half a JSON document may not be taken for a whole one.
  if (answer.body.length >= to.maxBytes) throw failed(to.code, `answer of ${path} is larger than ${to.maxBytes} bytes`);
  return answer;
}

/** The answer's JSON, or `failed` with what was sent instead (a proxy's error page, mostly). */
export function json(to: Endpoint, answer: HttpResponse): unknown {
  try {
    return JSON.parse(answer.body);
  } catch (cause) {
    throw failed(to.code, `answered ${answer.status} with something that is not JSON`, { cause });
  }
}

/** A base URL may have a path (behind a proxy) and credentials, which fetch refuses in a URL: they become a header. */
function address(base: string, path: string): { url: string; headers: Readonly<Record<string, string>> } {
  const url = new URL(base);
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  const headers = credentials === ':' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  return { url: `${url.origin}${url.pathname.replace(/\/+$/, '')}${path}`, headers: headers as Record<string, string> };
}
