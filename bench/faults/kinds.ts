import type { HostSite } from './hostSite.ts';
import type { KafkaSite } from './kafkaSite.ts';
import { NO_REDIS_TROUBLES, type RedisSite } from './redisSite.ts';
import type { SparkSite } from './sparkSite.ts';

export interface Sites {
  readonly redis: RedisSite;
  readonly host: HostSite;
  /** Null where they do not run. */
  readonly kafka: KafkaSite | null;
  readonly spark: SparkSite | null;
}
export type Part = 'base' | 'kafka' | 'spark';

/** One kind of fault: what it does for real, and where it should be seen. */
export interface Kind {
  readonly needs: Part;
  /** What happens, for the record. */
  readonly about: string;
  /** Hosts whose series should tell of it. */
  readonly hosts: readonly string[];
  /** `strength` is in [0, 1), `seconds` how long it will be (real). */
  begin(sites: Sites, strength: number, seconds: number): void | Promise<void>;
  /** Ten times a second while it lasts: `done` is the share that is over. */
  during?(sites: Sites, strength: number, done: number): void;
  /** Takes everything back. */
  end(sites: Sites): void | Promise<void>;
}

const KAFKA = ['k1', 'k2', 'k3'];
const SPARK = ['master', 'one', 'two', 'driver'];
const calm = ({ host }: Sites) => host.calm();
const settleRedis = ({ redis }: Sites) => {
  Object.assign(redis.troubles, NO_REDIS_TROUBLES);
};
/** Every eighth tick. */
let ticks = 0;

export const KINDS: Readonly<Record<string, Kind>> = {
  'cpu-hog': {
    needs: 'base',
    about: 'one or two processes that compute without end',
    hosts: ['m1'],
    begin: ({ host }, strength) => host.compute(strength < 0.4 ? 1 : 2),
    end: calm,
  },
  'host-memory-leak': {
    needs: 'base',
    about: 'a process that takes and touches 100 to 300 MB a second',
    hosts: ['m1'],
    begin: ({ host }, strength) => host.swell(100 + 200 * strength),
    end: calm,
  },
  'disk-fill': {
    needs: 'base',
    about: 'a log that nobody rotates takes up to a half of its file system, a tmpfs of 256 MB',
    hosts: ['m1'],
    begin: () => undefined,
    during: ({ host }, strength, done) => {
      if (done < 0.9) host.fill((256 * (0.55 + 0.35 * strength)) / 100);
    },
    end: ({ host }) => host.empty(),
  },
  'slow-disk': {
    needs: 'base',
    about: 'writers that wait for the disk at each 128 kB (dd oflag=dsync), on the disk that everything is on',
    hosts: ['m1'],
    begin: ({ host }, strength) => host.storm(1 + Math.round(3 * strength)),
    end: calm,
  },
  'memory-leak': {
    needs: 'base',
    about: 'keys of 16 kB without expiry, until 40 to 97 % of maxmemory are taken',
    hosts: ['r1'],
    begin: ({ redis }, strength, seconds) => {
      redis.troubles.leaked = (600 + 1_000 * strength) / seconds;
    },
    end: (sites) => {
      settleRedis(sites);
      sites.redis.clean();
    },
  },
  'connection-leak': {
    needs: 'base',
    about: 'clients that connect and never close, until 30 to 100 more are connected (of 120 that are allowed)',
    hosts: ['r1'],
    begin: () => undefined,
    during: ({ redis }, strength, done) => {
      redis.troubles.connections = Math.round((30 + 70 * strength) * done);
    },
    end: settleRedis,
  },
  'traffic-surge': {
    needs: 'base',
    about: 'two and a half to five times the usual commands, messages and lines',
    hosts: ['r1', ...KAFKA, 'driver'],
    begin: ({ redis, kafka, spark }, strength) => {
      const surge = 2.5 + 2.5 * strength;
      redis.troubles.surge = surge;
      if (kafka !== null) kafka.surge = surge;
      if (spark !== null) spark.surge = surge;
    },
    end: (sites) => {
      settleRedis(sites);
      if (sites.kafka !== null) sites.kafka.surge = 1;
      if (sites.spark !== null) sites.spark.surge = 1;
    },
  },
  'flapping-service': {
    needs: 'base',
    about: 'Redis is ended and started again every 1.6 s, down for a half of it',
    hosts: ['r1'],
    begin: () => {
      ticks = 0;
    },
    during: ({ redis }) => {
      if (ticks % 16 === 0) void redis.end();
      if (ticks % 16 === 8) redis.begin();
      ticks += 1;
    },
    end: async ({ redis }) => {
      await redis.end();
      redis.begin();
    },
  },
  'hung-service': {
    needs: 'base',
    about: 'Redis is stopped by SIGSTOP and goes on at the end',
    hosts: ['r1'],
    begin: ({ redis }) => redis.signal('SIGSTOP'),
    end: ({ redis }) => redis.signal('SIGCONT'),
  },
  'slow-commands': {
    needs: 'base',
    about: 'scripts that take some tens of milliseconds, 2 to 8 a second',
    hosts: ['r1'],
    begin: ({ redis }, strength) => {
      redis.troubles.slow = 2 + 6 * strength;
    },
    end: settleRedis,
  },
  'error-storm': {
    needs: 'base',
    about: 'commands of the wrong type, 5 to 100 a second',
    hosts: ['r1'],
    begin: ({ redis }, strength) => {
      redis.troubles.wrong = 5 * 20 ** strength;
    },
    end: settleRedis,
  },
  'cache-misses': {
    needs: 'base',
    about: '35 to 85 % of the reads ask for what is not there',
    hosts: ['r1'],
    begin: ({ redis }, strength) => {
      redis.troubles.misses = 0.35 + 0.5 * strength;
    },
    end: settleRedis,
  },
  'paused-consumer': {
    needs: 'kafka',
    about: 'the only consumer of the group is stopped by SIGSTOP and goes on at the end',
    hosts: KAFKA,
    begin: ({ kafka }) => kafka?.pauseConsumer(),
    end: ({ kafka }) => kafka?.goOnConsumer(),
  },
  'silent-producer': {
    needs: 'kafka',
    about: 'the producer is connected and sends nothing, or a tenth',
    hosts: KAFKA,
    begin: ({ kafka }, strength) => {
      if (kafka !== null) kafka.surge = strength < 0.5 ? 0 : 0.1;
    },
    end: ({ kafka }) => {
      if (kafka !== null) kafka.surge = 1;
    },
  },
  'skewed-partition': {
    needs: 'kafka',
    about: 'every message has the same key, so that one partition of six gets them all',
    hosts: KAFKA,
    begin: ({ kafka }) => {
      if (kafka !== null) kafka.skewed = true;
    },
    end: ({ kafka }) => {
      if (kafka !== null) kafka.skewed = false;
    },
  },
  'killed-broker': {
    needs: 'kafka',
    about: 'broker k3 is killed and started again at the end',
    hosts: KAFKA,
    begin: ({ kafka }) => kafka?.kill(3),
    end: ({ kafka }) => kafka?.begin(3),
  },
  'gc-pressure': {
    needs: 'kafka',
    about: 'the JVM of broker k2 is told to collect all of its heap up to 3 to 10 times a second',
    hosts: KAFKA,
    begin: () => {
      ticks = 0;
    },
    during: ({ kafka }, strength) => {
      ticks += 0.3 + 0.7 * strength;
      for (; ticks >= 1; ticks -= 1) kafka?.collect();
    },
    end: () => undefined,
  },
  'killed-worker': {
    needs: 'spark',
    about: 'Spark worker two is killed, its executor with it, and started again at the end',
    hosts: SPARK,
    begin: ({ spark }) => spark?.kill('two'),
    end: ({ spark }) => spark?.begin('two'),
  },
  'heavy-rows': {
    needs: 'spark',
    about: '5 to 25 % of the lines cost the streaming query some thousand times the usual work',
    hosts: SPARK,
    begin: ({ spark }, strength) => {
      if (spark !== null) spark.heavy = 0.05 + 0.2 * strength;
    },
    end: ({ spark }) => {
      if (spark !== null) spark.heavy = 0;
    },
  },
};
