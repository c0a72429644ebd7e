// `npm run demo`: the story told live with a real Redis, Prometheus and Alertmanager and the shipped documents.
import { narrate } from '../../lib/composition/narrate.ts';
import { missing } from './processes.ts';
import { autoRedis, Stack } from './stack.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);

const gone = missing([
  'prometheus',
  'prometheus-alertmanager',
  'prometheus-redis-exporter',
  'redis-server',
  'redis-cli',
]);
if (gone.length > 0) {
  say('The demo needs real components (on Debian and Ubuntu):');
  for (const line of gone) say(`  ${line}`);
  say('Without them, `npm start -- --example` shows the same loop with stand-ins.');
  process.exit(2);
}

say('Starting Redis, its exporter, Prometheus, Alertmanager and Nightshift on free ports …');
const stack = await Stack.start({ policies: autoRedis() });
const { ports, nightshift } = stack;
if (nightshift === null) throw new Error('Nightshift did not start');
say(
  `  Prometheus    http://127.0.0.1:${ports.prometheus}   (the shipped rules; only intervals and \`for\` are shortened)`,
);
say(`  Alertmanager  http://127.0.0.1:${ports.alertmanager}`);
say(`  Nightshift    ${nightshift.url}`);
say(`  generated configuration in ${stack.folder}/tier\n`);

let stopped = false;
process.once('SIGINT', () => {
  stopped = true;
});
const began = Date.now();
const narrator = narrate(nightshift.embedded.deps, nightshift.url, say);
await stack.killRedis();
say('Redis is killed. Prometheus will see it, a rule will fire, Alertmanager will send it:\n');
try {
  const closed = await stack.incident('RedisDown', ({ state }) => stopped || state === 'closed', 120_000);
  const at = (time: number | null) => (time === null ? 'never' : `${((time - began) / 1000).toFixed(1)} s`);
  const execution = closed.plans[0]?.executions[0];
  if (execution?.output) {
    const output = JSON.parse(new TextDecoder().decode(await nightshift.embedded.operations.blob(execution.output)));
    say(`The runbook said:\n${String(output.stdout).replace(/^/gm, '  | ')}`);
  }
  say('Seconds after the kill:');
  say(`  incident opened   ${at(closed.openedAt)}`);
  say(`  command sent      ${at(execution?.intentAt ?? null)}`);
  say(`  command ended     ${at(execution?.endedAt ?? null)}`);
  say(`  cure proven       ${at(closed.verifiedAt)}`);
  say(`  incident closed   ${at(closed.closedAt)}\n`);
} finally {
  narrator.stop();
  await stack.stop();
}
