import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Document, isMap, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { invalid } from '../model/errors.ts';
import { fastAlertmanager, fastJob, fastPrometheus, fastRules } from './tierSpeed.ts';

/** One exporter that is scraped, with the labels by which rules, policies and indicators find host and service. */
export interface TierTarget {
  /** `job_name` of a pack's scrape.yaml. */
  readonly job: string;
  /** host:port. */
  readonly address: string;
  readonly host: string;
  readonly cluster: string;
  /** The job's name where absent. */
  readonly service?: string;
  readonly instanceId?: string;
}

export interface TierOptions {
  readonly prometheusPort: number;
  /** Several for a pair; Prometheus sends to each. */
  readonly alertmanagerPorts: readonly number[];
  /** Base URL of Nightshift, without path. */
  readonly nightshiftUrl: string;
  /** Written to a file of mode 0600 that Alertmanager reads; never into the configuration itself. */
  readonly token: string;
  /** `ec2` keeps the discovery by EC2 tags that the packs ship. */
  readonly targets: readonly TierTarget[] | 'ec2';
  /** `fast` shortens intervals and `for`, nothing else: what is tested is what is shipped. */
  readonly speed: 'shipped' | 'fast';
  /** infra/packs; the tier's own configuration is beside it in infra/tier. */
  readonly packsFolder: string;
  readonly outFolder: string;
  /** Tells two Prometheus apart that watch the same; `a` where absent. */
  readonly replica?: string;
}

/** Absolute paths of what was written. */
export interface TierFiles {
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly rules: readonly string[];
  readonly tokenFile: string;
}

/**
 * Writes prometheus.yml, a rule file per pack and alertmanager.yml for one machine into `outFolder`, from infra/tier and the
 * packs. Comments are kept. Prometheus tells Alertmanager again of a firing alert every minute whatever is written here: a fast
 * tier wants `--rules.alert.resend-delay=1s` on its command line. `input` `tier.target` where a target names a job that no pack has, `tier.yaml` where a shipped
 * file does not parse.
 */
export async function tierConfig(options: TierOptions): Promise<TierFiles> {
  const out = resolve(options.outFolder);
  const tier = join(options.packsFolder, '..', 'tier');
  await mkdir(join(out, 'rules'), { recursive: true });
  const packs = await packNames(options.packsFolder);
  const rules = await Promise.all(packs.map((pack) => writeRules(pack, options, out)));
  const prometheus = await readYaml(join(tier, 'prometheus.yml'));
  setPrometheus(prometheus, options, rules);
  addJobs(prometheus, await packJobs(packs, options), options);
  const alertmanager = await readYaml(join(tier, 'alertmanager.yml'));
  const tokenFile = join(out, 'nightshift-token');
  setAlertmanager(alertmanager, options, tokenFile);
  if (options.speed === 'fast') {
    fastPrometheus(prometheus);
    fastAlertmanager(alertmanager);
  }
  await writeFile(tokenFile, options.token, { mode: 0o600 });
  return {
    prometheus: await writeYaml(join(out, 'prometheus.yml'), prometheus),
    alertmanager: await writeYaml(join(out, 'alertmanager.yml'), alertmanager),
    rules,
    tokenFile,
  };
}

async function packNames(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

async function writeRules(pack: string, options: TierOptions, out: string): Promise<string> {
  const rules = await readYaml(join(options.packsFolder, pack, 'rules.yaml'));
  if (options.speed === 'fast') fastRules(rules);
  return writeYaml(join(out, 'rules', `${pack}.yaml`), rules);
}

function setPrometheus(config: Document, options: TierOptions, rules: readonly string[]): void {
  const managers = options.alertmanagerPorts.map((port) => `127.0.0.1:${port}`);
  config.setIn(['global', 'external_labels', 'replica'], options.replica ?? 'a');
  config.setIn(['alerting', 'alertmanagers', 0, 'static_configs', 0, 'targets'], config.createNode(managers));
  config.setIn(['rule_files'], config.createNode(rules));
  const own: Readonly<Record<string, readonly string[]>> = {
    prometheus: [`127.0.0.1:${options.prometheusPort}`],
    alertmanager: managers,
  };
  for (const job of jobsOf(config)) {
    const targets = own[String(job.get('job_name'))];
    if (targets) job.setIn(['static_configs', 0, 'targets'], config.createNode(targets));
  }
}

async function packJobs(packs: readonly string[], options: TierOptions): Promise<readonly Document[]> {
  const files = packs.map((pack) => join(options.packsFolder, pack, 'scrape.yaml'));
  return Promise.all(files.map(readYaml));
}

function addJobs(config: Document, files: readonly Document[], options: TierOptions): void {
  const jobs = files.flatMap(jobsOf);
  const names = jobs.map((job) => String(job.get('job_name')));
  if (options.targets !== 'ec2') {
    for (const [index, target] of options.targets.entries()) {
      if (!names.includes(target.job)) throw unknownJob(index, target, names);
    }
  }
  for (const [index, job] of jobs.entries()) {
    const targets = options.targets === 'ec2' ? null : options.targets.filter((one) => one.job === names[index]);
    if (targets?.length === 0) continue;
    if (targets) setTargets(config, job, targets);
    if (options.speed === 'fast') fastJob(job);
    config.addIn(['scrape_configs'], job);
  }
}

const unknownJob = (index: number, target: TierTarget, names: readonly string[]) =>
  invalid('tier.target', `no pack has a scrape job ${target.job}`, {
    field: `targets[${index}].job`,
    expected: names.join(', '),
  });

function setTargets(config: Document, job: YAMLMap, targets: readonly TierTarget[]): void {
  job.delete('ec2_sd_configs');
  job.delete('relabel_configs');
  const statics = targets.map((target) => ({
    targets: [target.address],
    labels: {
      host: target.host,
      service: target.service ?? target.job,
      cluster: target.cluster,
      ...(target.instanceId === undefined ? {} : { instance_id: target.instanceId }),
    },
  }));
  job.set('static_configs', config.createNode(statics));
}

function setAlertmanager(config: Document, options: TierOptions, tokenFile: string): void {
  const hook = ['receivers', 0, 'webhook_configs', 0];
  config.setIn([...hook, 'url'], new URL(`${options.nightshiftUrl.replace(/\/+$/, '')}/webhooks/alertmanager`).href);
  config.setIn([...hook, 'http_config', 'authorization', 'credentials_file'], tokenFile);
}

function jobsOf(config: Document): readonly YAMLMap[] {
  const jobs = config.get('scrape_configs');
  return isSeq(jobs) ? jobs.items.filter((job): job is YAMLMap => isMap(job)) : [];
}

async function readYaml(file: string): Promise<Document> {
  const document = parseDocument(await readFile(file, 'utf8'));
  const problem = document.errors[0];
  if (problem) throw invalid('tier.yaml', `${file}: ${problem.message}`, { field: file });
  return document;
}

async function writeYaml(file: string, document: Document): Promise<string> {
  await writeFile(file, document.toString({ lineWidth: 0 }));
  return file;
}
