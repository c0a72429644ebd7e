import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadBundle, loadSettings } from '../../lib/composition/catalogueFiles.ts';
import { PACKS, type Running, run } from '../../lib/composition/run.ts';
import { type TierTarget, tierConfig } from '../../lib/composition/tierConfig.ts';
import { livePlan } from '../../lib/incidents/plans.ts';
import { fillSelector } from '../../lib/language/placeholders.ts';
import type { Incident } from '../../lib/model/incident.ts';
import type { Settings } from '../../lib/model/settings.ts';
import { answers, freePorts, need, type Started, startProcess, until } from './processes.ts';

export interface TierParts {
  readonly folder: string;
  readonly targets: readonly TierTarget[];
  /** As the inventory's file holds them; written again with `writeInventory`. */
  readonly hosts: readonly unknown[];
  /** YAML of policies that override the shipped ones, as an operator would write them. */
  readonly policies: string;
}

const TOKEN = 'a-token-for-one-tier-only';
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };
const local = (port: number) => `http://127.0.0.1:${port}`;

/** Prometheus and Alertmanager with the shipped rules, fast, and Nightshift, for whatever is scraped. */
export class Tier {
  readonly #parts: TierParts;
  readonly #ports: { readonly prometheus: number; readonly alertmanager: number; readonly nightshift: number };
  readonly #started: Started[] = [];
  #nightshift: Running | null = null;

  private constructor(parts: TierParts, ports: readonly number[]) {
    const [prometheus = 0, alertmanager = 0, nightshift = 0] = ports;
    this.#parts = parts;
    this.#ports = { prometheus, alertmanager, nightshift };
  }

  static async start(parts: TierParts): Promise<Tier> {
    need('prometheus', 'prometheus-alertmanager');
    const tier = new Tier(parts, await freePorts(3));
    try {
      await tier.#begin();
    } catch (error) {
      await tier.stop();
      throw error;
    }
    return tier;
  }

  get nightshift(): Running {
    if (this.#nightshift === null) throw new Error('Nightshift does not run');
    return this.#nightshift;
  }

  async #begin(): Promise<void> {
    const { folder, targets, hosts, policies } = this.#parts;
    const { prometheus, alertmanager, nightshift } = this.#ports;
    const outFolder = join(folder, 'tier');
    await tierConfig({
      prometheusPort: prometheus,
      alertmanagerPorts: [alertmanager],
      nightshiftUrl: local(nightshift),
      token: TOKEN,
      targets,
      speed: 'fast',
      packsFolder: PACKS,
      outFolder,
    });
    await mkdir(join(folder, 'policies'));
    await writeFile(join(folder, 'policies', 'operator.yaml'), policies);
    await writeFile(join(folder, 'inventory.yaml'), JSON.stringify({ hosts }));
    this.#process('prometheus-alertmanager', [
      `--config.file=${outFolder}/alertmanager.yml`,
      `--storage.path=${folder}/alertmanager`,
      `--web.listen-address=127.0.0.1:${alertmanager}`,
      '--cluster.listen-address=',
    ]);
    this.#process('prometheus', [
      `--config.file=${outFolder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/tsdb`,
      `--web.listen-address=127.0.0.1:${prometheus}`,
      '--rules.alert.resend-delay=5s',
    ]);
    await this.#startNightshift();
    await until('Prometheus', () => answers(`${local(prometheus)}/-/ready`));
    await until('Alertmanager', () => answers(`${local(alertmanager)}/-/ready`));
  }

  #process(program: string, args: readonly string[]): void {
    this.#started.push(startProcess(program, args, join(this.#parts.folder, `${program}.log`)));
  }

  async #startNightshift(): Promise<void> {
    const { folder } = this.#parts;
    const { prometheus, alertmanager, nightshift: port } = this.#ports;
    const shipped = await loadSettings(null, {});
    const settings: Settings = {
      ...shipped,
      listen: { host: '127.0.0.1', port },
      url: local(port),
      dataFolder: join(folder, 'data'),
      prometheus: { url: local(prometheus), timeout: 5_000 },
      alertmanager: { url: local(alertmanager), timeout: 5_000 },
      intake: { ...shipped.intake, tokens: [TOKEN] },
      runner: { ...shipped.runner, poll: 200 },
      closeAfter: 1_000,
    };
    const bundle = await loadBundle({ packsFolder: PACKS, policiesFolder: join(folder, 'policies') });
    this.#nightshift = await run({ settings, bundle, inventoryFile: join(folder, 'inventory.yaml'), log: QUIET });
  }

  /** The first value of an instant query, null where nothing is there. */
  async query(expr: string): Promise<number | null> {
    const answer = await fetch(`${local(this.#ports.prometheus)}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const body = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    const value = body.data.result[0]?.value[1];
    return value === undefined ? null : Number(value);
  }

  /**
   * The newest incident of this host that holds the alert, once it satisfies. It may be named after another alert that was there
   * first: the two are one incident, and which comes first is not for a test to choose.
   */
  incident(host: string, alertname: string, satisfies: (incident: Incident) => boolean, within = 120_000) {
    const { operations } = this.nightshift.embedded;
    return until(
      `an incident of ${alertname} on ${host}`,
      async () => {
        const { items } = await operations.incidents({ limit: 50, host });
        const all = await Promise.all(items.map(({ id }) => operations.incident(id)));
        const found = all.find((one) => holds(one, alertname) && satisfies(one));
        if (found === undefined) throw new Error(`there are ${all.map(summary).join('; ') || 'none'}`);
        return found;
      },
      within,
    );
  }

  /** Nothing is being done on any host: a plan that runs counts in the blast radius of the next. */
  idle() {
    const { operations } = this.nightshift.embedded;
    return until('the end of every plan', async () => {
      const { items } = await operations.incidents({ limit: 50 });
      const all = await Promise.all(items.map(({ id }) => operations.incident(id)));
      return all.every((one) => livePlan(one) === null) ? true : null;
    });
  }

  /** What the first execution of an incident printed. */
  async output({ plans }: Incident): Promise<string> {
    const key = plans.flatMap(({ executions }) => executions)[0]?.output ?? null;
    if (key === null) return '';
    return new TextDecoder().decode(await this.nightshift.embedded.operations.blob(key));
  }

  /** A person runs a runbook on one host: its exit code and what it printed. */
  async byHand(runbook: string, host: string, parameters: Readonly<Record<string, string>> = {}) {
    const { operations } = this.nightshift.embedded;
    const request = { runbook, hosts: [host], parameters, dryRun: false, reason: 'a look' };
    const { id } = await operations.run(request, { name: 'ada', via: 'cli' });
    const ended = await until(`${runbook} on ${host}`, async () => {
      const incident = await operations.incident(id);
      return (incident.plans[0]?.executions[0]?.exitCode ?? null) === null ? null : incident;
    });
    return { code: ended.plans[0]?.executions[0]?.exitCode, text: await this.output(ended) };
  }

  /**
   * What a shipped pack asks and nothing answers: indicators, and the queries of its policies, by id. Without those that cannot;
   * asked until a rate has its two samples.
   */
  async unanswered(
    pack: string,
    hostOf: (service: string) => string,
    without: readonly string[] = [],
  ): Promise<readonly string[]> {
    const asked = (await shippedQueries(pack, hostOf)).filter(({ id }) => !without.includes(id));
    const silent = async () => {
      const answers = await Promise.all(asked.map(async ({ expr }) => this.query(expr)));
      return asked.flatMap(({ id }, at) => (answers[at] === null ? [id] : []));
    };
    const end = Date.now() + 20_000;
    let left = await silent();
    while (left.length > 0 && Date.now() < end) left = await silent();
    return left;
  }

  async stop(): Promise<void> {
    await this.#nightshift?.stop();
    await Promise.all(this.#started.map((started) => started.stop('SIGKILL')));
  }
}

/** As they are shipped: no operator's policy takes the place of one. Policies are asked of one host of the cluster. */
async function shippedQueries(pack: string, hostOf: (service: string) => string) {
  const bundle = await loadBundle({ packsFolder: PACKS, policiesFolder: join(PACKS, 'none') });
  const cluster = 'cluster="real"';
  const place = (service: string) => ({
    selector: `${cluster},host="${hostOf(service)}",service="${service}"`,
    others: `${cluster},host!="${hostOf(service)}",service="${service}"`,
    cluster,
  });
  const indicators = bundle.packs.find(({ name }) => name === pack)?.indicators ?? [];
  const policies = bundle.policies.filter((policy) => policy.pack === pack);
  return [
    ...indicators.map(({ id, expr }) => ({ id, expr: fillSelector(expr, cluster) })),
    ...policies.flatMap(({ name, targets, preconditions, verification, runbooks }) => {
      const service = String(runbooks[0]?.parameters.service ?? pack);
      const exprs = [...preconditions.map(({ expr }) => expr), verification.expr];
      if (targets.from === 'service' && targets.last !== undefined) exprs.push(targets.last);
      return exprs.map((expr, at) => ({ id: `${name} ${at}`, expr: fillSelector(expr, place(service)) }));
    }),
  ];
}

const holds = ({ episodes }: Incident, alertname: string) => episodes.some((one) => one.alertname === alertname);

/** The plan of this runbook, wherever in its incident it is. */
export const planOf = ({ plans }: Incident, runbook: string) => plans.find((plan) => plan.runbook === runbook);

const summary = ({ subject, state, plans, decisions }: Incident) => {
  const against = decisions.flatMap(({ reasons }) => reasons).filter(({ verdict }) => verdict !== 'pass');
  const done = plans.map((plan) => `${plan.runbook} ${plan.state}`).join(', ');
  return `${subject.alertname} ${state} ${done} ${against.map(({ rule, text }) => `${rule}: ${text}`).join(', ')}`;
};
