/** A Redis of a test, which makes itself a daemon and keeps nothing. */
export const redisArgs = (port: number, folder: string): string[] => [
  ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
  ...['--save', '', '--daemonize', 'yes'],
];

export interface RedisPolicy {
  readonly name: string;
  /** Matchers beside the alert's name, as `,cluster="c1"`. */
  readonly of?: string;
  readonly port: string | number;
  readonly autonomy?: 'auto' | 'approve';
  /** Seconds. */
  readonly stabilisation?: number;
  /** Seconds. */
  readonly within?: number;
  /** In YAML's flow style. */
  readonly guards: string;
}

/** One item of `policies:` that restarts a Redis that is down, proven by the exporter. */
export const redisPolicy = ({ name, of = '', port, autonomy = 'auto', ...rest }: RedisPolicy): string =>
  `  - name: ${name}
    match: 'alertname="RedisDown"${of}'
    runbooks:
      - { name: restart-redis, parameters: { service: redis, port: "${port}" } }
    targets: { from: alert-host }
    autonomy: ${autonomy}
    preconditions:
      - { id: still-down, expr: 'redis_up{$selector}', is: "== 0", why: Redis answers }
    verification:
      expr: 'redis_up{$selector}'
      is: "== 1"
      stabilisation: ${rest.stabilisation ?? 1}s
      within: ${rest.within ?? 30}s
    guards: { ${rest.guards} }
`;
