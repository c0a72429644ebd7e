import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type ServeOptions, type Serving, serve } from '../../../lib/adapters/embedded/httpServer.ts';
import type { createApi } from '../../../lib/api/app.ts';
import { readBytes } from '../../../lib/api/body.ts';
import { harness, webhook } from '../../api/harness.ts';

const open: Serving[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
async function start(fetch: ServeOptions['fetch'], maxBytes = 1_000_000): Promise<{ serving: Serving; url: string }> {
  const serving = await serve({ fetch, host: '127.0.0.1', port: 0, maxBytes });
  open.push(serving);
  return { serving, url: `http://127.0.0.1:${serving.port}` };
}
/** Raw bytes in, everything that comes back until the server ends it. */
async function raw(port: number, ...parts: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  // A reset behind the answer is an end too.
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()).once('error', () => resolve()));
  for (const part of parts) socket.write(part);
  await ended;
  return answer;
}
const echo: ServeOptions['fetch'] = async (request) =>
  Response.json({
    method: request.method,
    path: new URL(request.url).pathname,
    bytes: (await readBytes(request, 10_000)).length,
  });

describe('serving', () => {
  test('hands requests to the API and its answers back', async () => {
    const { fetch: api, operations } = harness();
    const { url } = await start(api);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/webhooks/alertmanager`, {
      method: 'POST',
      headers,
      body: JSON.stringify(webhook()),
    });
    expect([answer.status, await answer.json()]).toEqual([200, { accepted: 1 }]);
    expect(operations.heard).toHaveLength(1);
    expect((await fetch(`${url}/`, { method: 'HEAD' })).headers.get('content-type')).toMatch(/html/);
  });
  test('a body is cut off while it is read, whatever its length claims', async () => {
    const { serving } = await start((request) => createApiOf(1_000_000)(request), 5_000);
    const head =
      'POST /webhooks/alertmanager HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n';
    const chunk = `${(1_000).toString(16)}\r\n${'x'.repeat(1_000)}\r\n`;
    const answer = await raw(serving.port, `${head}transfer-encoding: chunked\r\n\r\n`, chunk.repeat(10), '0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('at most 5000 bytes');
  });
  test('a bomb is refused before it is unpacked', async () => {
    const { fetch: api, operations } = harness();
    const { url } = await start(api);
    const body = gzipSync(Buffer.alloc(20_000_000, 0x20));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const answer = await fetch(`${url}/webhooks/alertmanager`, { method: 'POST', headers, body: new Uint8Array(body) });
    expect(answer.status).toBe(415);
    expect(operations.heard).toEqual([]);
  });
  test.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a method that does not exist', 'TRACE / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', 400],
    ['a path that is none', 'GET http:// HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(10_000)}`, 431],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc', 400],
  ])('%s is refused and the server lives on', async (_what, text, status) => {
    const { serving, url } = await start(echo);
    expect(await raw(serving.port, text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect((await fetch(`${url}/x`)).status).toBe(200);
  });
  test('a path with two slashes in front names no other host', async () => {
    const { serving } = await start(echo);
    const answer = await raw(
      serving.port,
      'GET //evil.example/x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    );
    expect(answer).toContain('"path":"/evil.example/x"');
  });
  test('a client that hangs up in the middle is no defect', async () => {
    const { fetch: api, errors } = harness();
    let settled = (_status: number) => {};
    const answered = new Promise<number>((resolve) => {
      settled = resolve;
    });
    const { serving } = await start(async (request) => {
      const response = await api(request);
      settled(response.status);
      return response;
    });
    const socket = connect(serving.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      'POST /webhooks/alertmanager HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    setTimeout(() => socket.destroy(), 20);
    expect(await answered).toBe(400);
    expect(errors).toEqual([]);
  });
  test('a taken port is named, with what to do', async () => {
    const { serving } = await start(echo);
    await expect(serve({ fetch: echo, host: '127.0.0.1', port: serving.port, maxBytes: 1 })).rejects.toMatchObject({
      kind: 'input',
      code: 'listen.in-use',
      message: `127.0.0.1:${serving.port} is in use by another program.`,
    });
    await expect(serve({ fetch: echo, host: '192.0.2.1', port: 0, maxBytes: 1 })).rejects.toMatchObject({
      code: 'listen.address',
    });
  });
  test('closing lets what runs end and takes nothing more', async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    let begun = () => {};
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const { serving, url } = await start(async () => {
      begun();
      await gate;
      return new Response('done');
    });
    const answer = fetch(url);
    await running;
    const closed = serving.close();
    await expect(fetch(url)).rejects.toThrow();
    go();
    expect(await (await answer).text()).toBe('done');
    await closed;
  });
});

function createApiOf(maxBytes: number): ReturnType<typeof createApi> {
  return harness({ intake: { tokens: [], maxBytes, maxAlerts: 10 } }).fetch;
}
