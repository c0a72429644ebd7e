import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answers, freePorts, need, type Started, startProcess, until } from './processes.ts';

const BIN = resolve(import.meta.dirname, '../../bin/nightshift.mjs');
const LOG = 'nightshift.db-wal';
const WEBHOOKS = 20;

let folder = '';
let url = '';
let traced: Started | null = null;

beforeAll(async () => {
  need('strace');
  folder = await mkdtemp(join(tmpdir(), 'nightshift-synced-'));
  const [port = 0] = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
  const config = join(folder, 'nightshift.yaml');
  await writeFile(config, `listen: { host: 127.0.0.1, port: ${port} }\ndataFolder: ${join(folder, 'data')}\n`);
  const what = ['-f', '-y', '-s', '16', '-e', 'trace=read,pwrite64,pwritev,fsync,fdatasync,write,writev'];
  const program = [process.execPath, BIN, 'start', '--config', config];
  traced = startProcess('strace', [...what, '-o', join(folder, 'trace'), ...program], join(folder, 'log'));
  await until('Nightshift', () => answers(`${url}/ready`));
});
afterAll(async () => {
  await traced?.stop('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const hear = async (at: number) => {
  const labels = { alertname: 'Odd', cluster: 'c', host: `h${at}`, severity: 'warning' };
  const alerts = [{ status: 'firing', labels, startsAt: new Date().toISOString() }];
  const body = JSON.stringify({ version: '4', groupKey: '{}', status: 'firing', receiver: 'r', alerts });
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${url}/webhooks/alertmanager`, { method: 'POST', headers, body })).status;
};

/** Of a webhook: it came in, something was written, that is being synced, it is synced. */
type Step = 'asked' | 'written' | 'syncing' | 'synced';

/** The steps that each answered webhook had behind it, by what the kernel was called for. */
function lastSteps(trace: string): Step[] {
  const seen: Step[] = [];
  let step: Step | null = null;
  for (const line of trace.split('\n')) {
    const call = line.replace(/^\d+ +/, '');
    const onLog = call.includes(LOG);
    if (call.includes('"POST /webhook')) step = 'asked';
    else if (/^pwritev?(?:64)?\(/.test(call) && onLog && step === 'asked') step = 'written';
    else if (/^f(?:data)?sync\(/.test(call) && onLog && step === 'written')
      step = call.endsWith('= 0') ? 'synced' : 'syncing';
    else if (/^<... f(?:data)?sync resumed/.test(call) && step === 'syncing' && call.endsWith('= 0')) step = 'synced';
    else if (/^writev?\(/.test(call) && call.includes('HTTP/1.1 200') && step !== null) {
      seen.push(step);
      step = null;
    }
  }
  return seen;
}

test('every answer to a webhook comes after what it brought is on the disk, as the kernel saw it', async () => {
  for (let at = 0; at < WEBHOOKS; at += 1) expect(await hear(at)).toBe(200);
  const { pid } = JSON.parse(await readFile(join(folder, 'data/instance.json'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGINT');
  await traced?.ended;
  const steps = lastSteps(await readFile(join(folder, 'trace'), 'utf8'));
  expect(steps).toEqual(Array.from({ length: WEBHOOKS }, () => 'synced'));
});
