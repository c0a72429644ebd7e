import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { nightshift } from './nightshift.ts';

const answer = (expr: string | null) =>
  expr === 'count_values(foo)'
    ? { status: 400, body: { status: 'error', errorType: 'bad_data', error: 'parse error: unclosed' } }
    : { status: 200, body: { status: 'success', data: { resultType: 'vector', result: [] } } };

let folder: string;
let prometheus: Server;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-check-'));
  prometheus = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const { status, body } = answer(new URLSearchParams(text).get('query'));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((done) => prometheus.listen(0, '127.0.0.1', done));
});
afterEach(() => {
  prometheus.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  ['count_values(foo)', /metrics\.query: nightshift\.yaml:4: watch\.own\[0\]\.expr: watch queue: .*parse error/],
  ['up', /watch\.series: nightshift\.yaml:4: watch\.own\[0\]\.expr: watch queue: has 0 series now; expected 1 to/],
])('check tells of a watch %s by name, line and field', async (expr, told) => {
  const { port } = prometheus.address() as { port: number };
  const own = `watch:\n  own:\n    - { name: queue, expr: "${expr}" }\n`;
  writeFileSync(join(folder, 'nightshift.yaml'), `prometheus: { url: "http://127.0.0.1:${port}" }\n${own}`);
  const { out } = await nightshift(['check', '--json'], {}, folder);
  expect(JSON.parse(out).problems).toEqual([expect.stringMatching(told)]);
});
