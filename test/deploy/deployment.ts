import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateTagsCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { CREDENTIALS, REGION } from '../aws/ministack.ts';
import { answers, freePorts, type Started, startProcess, until } from '../real/processes.ts';
import { type AwsProxy, startAwsProxy } from '../servers/awsProxy.ts';
import { type SsmProcess, startSsmProcess } from '../servers/ssm/process.ts';

export const ROOT = resolve(import.meta.dirname, '../..');
export const STAGE = 'test';
export const INTAKE_TOKEN = 'the-intake-token-of-a-test';
export const API_TOKEN = 'the-api-token-of-a-test';

export interface Machine {
  readonly name: string;
  readonly cluster: string;
  readonly services: readonly string[];
  /** Environment of its runbooks. */
  readonly environment: Readonly<Record<string, string>>;
}
export interface DeploymentParts {
  /** nightshift.yaml and a policies file, as an operator writes them. */
  readonly settings: string;
  readonly policies: string;
  readonly machines: readonly Machine[];
  /** Further parameters of the stage, by the last part of their names. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Ran, and how long it took. */
export interface Ran {
  readonly said: string;
  readonly seconds: number;
}

/** Local AWS with the stack of serverless.yml, the SSM test host, and instances that are hosts. */
export class Deployment {
  readonly folder: string;
  readonly #parts: DeploymentParts;
  readonly #started: Started[] = [];
  #endpoint = '';
  #ssm: SsmProcess | null = null;
  #proxy: AwsProxy | null = null;
  /** Instance ids by the machine's name. */
  readonly instances = new Map<string, string>();
  deployed: Ran = { said: '', seconds: 0 };
  #api = '';
  #outputs = '';

  private constructor(folder: string, parts: DeploymentParts) {
    this.folder = folder;
    this.#parts = parts;
  }

  static async start(parts: DeploymentParts): Promise<Deployment> {
    const deployment = new Deployment(await mkdtemp(join(tmpdir(), 'nightshift-deploy-')), parts);
    try {
      await deployment.#begin();
    } catch (error) {
      await deployment.stop();
      throw error;
    }
    return deployment;
  }

  get endpoint(): string {
    return this.#endpoint;
  }
  get ssm(): SsmProcess {
    if (this.#ssm === null) throw new Error('the SSM test host does not run');
    return this.#ssm;
  }
  /** Stands between the functions and every service but SSM, which has its own faults. */
  get proxy(): AwsProxy {
    if (this.#proxy === null) throw new Error('the proxy does not run');
    return this.#proxy;
  }
  /** Where the HTTP API is. */
  get url(): string {
    return `${this.#endpoint}/_aws/execute-api/${this.#api}/$default`;
  }
  /** How an operator's programs reach local AWS. */
  get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL: this.#endpoint,
      AWS_ENDPOINT_URL_SSM: this.ssm.endpoint,
      AWS_S3_FORCE_PATH_STYLE: 'true',
      NIGHTSHIFT_CONFIG: join(this.folder, 'nightshift.yaml'),
      NO_COLOR: '1',
    };
  }

  client<T>(make: (config: { endpoint: string; region: string; credentials: typeof CREDENTIALS }) => T): T {
    return make({ endpoint: this.#endpoint, region: REGION, credentials: CREDENTIALS });
  }

  async #begin(): Promise<void> {
    const python = join(ROOT, '.venv/bin/python');
    if (!existsSync(python))
      throw new Error(
        'ministack is missing: python3 -m venv .venv && .venv/bin/pip install -r test/aws/requirements.txt',
      );
    const [port = 0] = await freePorts(1);
    this.#endpoint = `http://127.0.0.1:${port}`;
    this.#ssm = await startSsmProcess(this.folder, [], this.#endpoint);
    this.#proxy = await startAwsProxy(this.#endpoint);
    const environment = {
      ...this.environment,
      // The functions inherit it.
      AWS_ENDPOINT_URL: this.#proxy.endpoint,
      GATEWAY_PORT: String(port),
      // A name, and no address: a URL cannot have a number as the last part of its host.
      MINISTACK_HOST: 'localhost',
      BIND_HOST: '127.0.0.1',
      MINISTACK_REGION: REGION,
    };
    const log = join(this.folder, 'ministack.log');
    this.#started.push(startProcess(python, [join(ROOT, 'test/deploy/local_aws.py')], log, environment));
    await until('MiniStack', () => answers(`${this.#endpoint}/_ministack/health`));
    await this.#secrets();
    for (const machine of this.#parts.machines) await this.#launch(machine);
    await writeFile(join(this.folder, 'nightshift.yaml'), this.#parts.settings);
    await mkdir(join(this.folder, 'policies'));
    await writeFile(join(this.folder, 'policies', 'operator.yaml'), this.#parts.policies);
    this.deployed = await this.osls('deploy');
    this.#api = /https:\/\/([a-z0-9]+)\.execute-api/.exec(this.deployed.said)?.[1] ?? '';
    if (this.#api === '') throw new Error(`the deployment names no HTTP API: ${this.deployed.said}`);
  }

  /** As docs/deploy-aws.md says. */
  async #secrets(): Promise<void> {
    const client = new SSMClient({ endpoint: this.ssm.endpoint, region: REGION, credentials: CREDENTIALS });
    const sha256 = createHash('sha256').update(API_TOKEN).digest('hex');
    const { privateKey } = generateKeyPairSync('ed25519');
    const secrets = {
      'intake-token': INTAKE_TOKEN,
      'audit-key': String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      tokens: JSON.stringify({ tokens: [{ name: 'ada', role: 'admin', sha256 }] }),
      ...this.#parts.secrets,
    };
    for (const [name, Value] of Object.entries(secrets))
      await client.send(new PutParameterCommand({ Type: 'SecureString', Name: `/nightshift/${STAGE}/${name}`, Value }));
    client.destroy();
  }

  async #launch({ name, cluster, services, environment }: Machine): Promise<void> {
    const ec2 = this.client((config) => new EC2Client(config));
    const { Instances } = await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-0123456789abcdef0',
        MinCount: 1,
        MaxCount: 1,
        InstanceType: 't4g.micro',
      }),
    );
    const instanceId = Instances?.[0]?.InstanceId ?? '';
    const tags = {
      Name: name,
      'nightshift:managed': 'true',
      'nightshift:cluster': cluster,
      'nightshift:services': services.join(' '),
    };
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await ec2.send(new CreateTagsCommand({ Resources: [instanceId], Tags }));
    await this.ssm.putHost({ instanceId, name, folder: join(this.folder, name), environment });
    this.instances.set(name, instanceId);
  }

  /** The login-free Serverless as an operator runs it; throws with what it said where it fails. */
  async osls(...args: readonly string[]): Promise<Ran> {
    const from = Date.now();
    const child = spawn('osls', [...args, '--stage', STAGE, '--region', REGION], {
      cwd: ROOT,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    const code = await new Promise<number | null>((done) => child.once('close', done));
    if (code !== 0) throw new Error(`osls ${args.join(' ')} ended with ${code}: ${said.slice(-4_000)}`);
    return { said, seconds: (Date.now() - from) / 1000 };
  }

  /** An output of the stack, as `sls info --verbose` prints it. */
  async output(name: string): Promise<string> {
    if (this.#outputs === '') this.#outputs = (await this.osls('info', '--verbose')).said;
    const value = new RegExp(`^ *${name}: (.+)$`, 'm').exec(this.#outputs)?.[1];
    if (value === undefined) throw new Error(`no output ${name}: ${this.#outputs}`);
    return value.trim();
  }

  /** Reads the deployed API as a person with a token. */
  async api<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' };
    const answer = await fetch(`${this.url}${path}`, { ...init, headers: { ...headers, ...init.headers } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#started.map((one) => one.stop('SIGKILL')));
    await this.#proxy?.close();
    await this.#ssm?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A program of its own, because the inventory and the SSM agent know only paths. */
export async function executable(file: string, script: string): Promise<string> {
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}
