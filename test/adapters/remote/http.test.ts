import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { httpClient } from '../../../lib/adapters/remote/http.ts';

let server: Server | null = null;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise<void>((done) => (server === null ? done() : server.close(() => done())));
  server = null;
});
async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((done) => started.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}
const get = (url: string, timeout = 10_000) => ({ method: 'GET' as const, url, headers: {}, body: null, timeout });
const unreachable = (message: RegExp) => ({
  kind: 'failed',
  code: 'http.unreachable',
  retryable: true,
  message: expect.stringMatching(message),
});

describe('httpClient', () => {
  test('hands method, headers and body over and the answer back', async () => {
    const url = await serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.writeHead(201, { 'Retry-After': '7' }).end(`${request.method} ${request.headers['x-one']} ${body}`);
    });
    const request = { ...get(url), method: 'POST' as const, headers: { 'x-one': '1' }, body: 'grüße' };
    const response = await httpClient().request(request);
    expect(response).toMatchObject({ status: 201, body: 'POST 1 grüße' });
    expect(response.headers['retry-after']).toBe('7');
  });

  test.each([204, 400, 429, 503])('%p is an answer', async (status) => {
    const url = await serve((_, response) => void response.writeHead(status).end());
    expect((await httpClient().request(get(url))).status).toBe(status);
  });

  test('follows no redirect', async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    const response = await httpClient().request(get(url));
    expect(response).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
    expect(asked).toBe(1);
  });

  test('a body without end is cut at the cap and its connection closed', async () => {
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((done) => {
      closed = done;
    });
    const url = await serve((_, response) => {
      const more = () => response.write('x'.repeat(65_536), () => !response.destroyed && more());
      response.on('close', closed);
      more();
    });
    const response = await httpClient({ maxBytes: 100_000 }).request(get(url, 5000));
    expect(response.body).toHaveLength(100_000);
    await gone;
  });

  test('the cap is one MiB unless told otherwise', async () => {
    const url = await serve((_, response) => void response.end('x'.repeat(2 * 1024 * 1024)));
    expect((await httpClient().request(get(url))).body).toHaveLength(1024 * 1024);
  });

  test('no answer in time, not even half of one', async () => {
    const url = await serve((request, response) => void (request.url === '/half' && response.write('half')));
    await expect(httpClient().request(get(url, 100))).rejects.toMatchObject(unreachable(/nothing within 100 ms/));
    await expect(httpClient().request(get(`${url}/half`, 100))).rejects.toMatchObject(unreachable(/100 ms/));
  });

  test('nobody there, and a hung-up call', async () => {
    const url = await serve((request) => void request.socket.destroy());
    await expect(httpClient().request(get(url))).rejects.toMatchObject(unreachable(/did not answer/));
    const closed = httpClient().request(get('http://127.0.0.1:1/hooks/secret-token'));
    await expect(closed).rejects.toMatchObject(
      unreachable(/^http:\/\/127\.0\.0\.1:1 did not answer: (ECONNREFUSED|bad port)$/),
    );
    await expect(httpClient().request(get('no address'))).rejects.toMatchObject(unreachable(/the given address/));
  });
});
