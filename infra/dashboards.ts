import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What a dashboard needs of pack.yaml. */
export interface DashboardSource {
  readonly name: string;
  readonly title: string;
  readonly services: readonly string[];
  readonly indicators: readonly {
    readonly id: string;
    readonly title: string;
    readonly expr: string;
    readonly unit: string;
    readonly normal: string;
  }[];
}

/** Grafana's names of units. */
const UNITS: Readonly<Record<string, string>> = {
  percent: 'percent',
  bytes: 'bytes',
  s: 's',
  Bps: 'Bps',
  'per second': 'cps',
};
const WIDTH = 8;
const HEIGHT = 7;

/** Grafana v1 JSON, one panel for each indicator: what is drawn is what diagnosis looks at. */
export function dashboardOf(pack: DashboardSource) {
  const service = pack.services.join('|');
  return {
    uid: `nightshift-${pack.name}`,
    title: pack.title,
    tags: ['nightshift', pack.name],
    schemaVersion: 39,
    version: 1,
    editable: false,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
        variable('cluster', `label_values(up{service=~"${service}"}, cluster)`),
        variable('host', `label_values(up{service=~"${service}",cluster=~"$cluster"}, host)`),
      ],
    },
    panels: pack.indicators.map((indicator, index) => panel(indicator, index, service)),
  };
}

const variable = (name: string, query: string) => ({
  name,
  type: 'query',
  datasource: { type: 'prometheus', uid: '$datasource' },
  query,
  refresh: 2,
  multi: true,
  includeAll: true,
  allValue: '.*',
});

function panel(indicator: DashboardSource['indicators'][number], index: number, service: string) {
  const perRow = 24 / WIDTH;
  return {
    id: index + 1,
    type: 'timeseries',
    title: indicator.title,
    description: `${indicator.id}; normal: ${indicator.normal}`,
    datasource: { type: 'prometheus', uid: '$datasource' },
    gridPos: { x: (index % perRow) * WIDTH, y: Math.floor(index / perRow) * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit: UNITS[indicator.unit] ?? 'none' }, overrides: [] },
    targets: [
      {
        refId: 'A',
        expr: indicator.expr.replaceAll('$selector', `cluster=~"$cluster",host=~"$host",service=~"${service}"`),
      },
    ],
  };
}

/** The text of dashboard.json. */
export const dashboardText = (pack: DashboardSource) => `${JSON.stringify(dashboardOf(pack), null, 2)}\n`;

/** Writes dashboard.json of every pack: `node infra/dashboards.ts infra/packs`. */
async function write(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pack = parse(await readFile(join(folder, name, 'pack.yaml'), 'utf8')) as DashboardSource;
    await writeFile(join(folder, name, 'dashboard.json'), dashboardText(pack));
  }
}

if (import.meta.main) await write(process.argv[2] ?? 'infra/packs');
