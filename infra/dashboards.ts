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
const WIDE = 12;
const HEIGHT = 7;

const DATA_SOURCE = { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' };
const frame = (name: string, title: string) => ({
  uid: `nightshift-${name}`,
  title,
  tags: ['nightshift', name],
  schemaVersion: 39,
  version: 1,
  editable: false,
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
});

/** Grafana v1 JSON, one panel for each indicator: what is drawn is what diagnosis looks at. */
export function dashboardOf(pack: DashboardSource) {
  const service = pack.services.join('|');
  return {
    ...frame(pack.name, pack.title),
    templating: {
      list: [
        DATA_SOURCE,
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

/** A panel by its number, of so many of Grafana's 24 columns. */
function place(index: number, width: number) {
  const perRow = 24 / width;
  return {
    id: index + 1,
    type: 'timeseries',
    datasource: { type: 'prometheus', uid: '$datasource' },
    gridPos: { x: (index % perRow) * width, y: Math.floor(index / perRow) * HEIGHT, w: width, h: HEIGHT },
  };
}

function panel(indicator: DashboardSource['indicators'][number], index: number, service: string) {
  return {
    ...place(index, WIDTH),
    title: indicator.title,
    description: `${indicator.id}; normal: ${indicator.normal}`,
    fieldConfig: { defaults: { unit: UNITS[indicator.unit] ?? 'none' }, overrides: [] },
    targets: [
      {
        refId: 'A',
        expr: indicator.expr.replaceAll('$selector', `cluster=~"$cluster",host=~"$host",service=~"${service}"`),
      },
    ],
  };
}

/** What Nightshift says of the series that it watches (`/metrics/watches`): whichever pack or operator they are of. */
export function watchesDashboard() {
  const own = '{watch=~"$watch"}';
  const series = '{{watch}} {{host}} {{metric}}';
  const drawn = (name: string, legend: string) => ({ expr: `nightshift_anomaly_${name}${own}`, legendFormat: legend });
  const panels = [
    {
      title: 'Value, expected and band',
      targets: [drawn('value', series), ...BAND.map((one) => drawn(one, `${one} ${series}`))],
    },
    { title: 'Score', targets: [drawn('score', series)] },
    { title: 'In alarm', targets: [{ expr: `nightshift_anomaly_alarm${own} == 1`, legendFormat: series }] },
    { title: 'Silent', targets: [{ expr: `nightshift_anomaly_silent${own} == 1`, legendFormat: series }] },
    {
      title: 'Seconds since the last sample that was scored',
      targets: [{ expr: `time() - nightshift_watch_scored_timestamp_seconds${own}`, legendFormat: '{{watch}}' }],
    },
    { title: 'Not scored', targets: [{ expr: `nightshift_watch_problem${own} == 1`, legendFormat: '{{watch}}' }] },
  ];
  return {
    ...frame('watches', 'Watches'),
    templating: { list: [DATA_SOURCE, variable('watch', 'label_values(nightshift_watch_problem, watch)')] },
    panels: panels.map(({ title, targets }, index) => ({
      ...place(index, WIDE),
      title,
      targets: targets.map((target, at) => ({ refId: String.fromCharCode(65 + at), ...target })),
    })),
  };
}
const BAND = ['expected', 'lower', 'upper'] as const;

const text = (dashboard: unknown) => `${JSON.stringify(dashboard, null, 2)}\n`;
/** The text of dashboard.json. */
export const dashboardText = (pack: DashboardSource) => text(dashboardOf(pack));
/** The text of infra/tier/watches-dashboard.json. */
export const watchesDashboardText = () => text(watchesDashboard());

/** Writes dashboard.json of every pack, and that of the watches: `node infra/dashboards.ts`. */
async function write(): Promise<void> {
  const folder = join(import.meta.dirname, 'packs');
  for (const name of await readdir(folder)) {
    const pack = parse(await readFile(join(folder, name, 'pack.yaml'), 'utf8')) as DashboardSource;
    await writeFile(join(folder, name, 'dashboard.json'), dashboardText(pack));
  }
  await writeFile(join(import.meta.dirname, 'tier/watches-dashboard.json'), watchesDashboardText());
}

if (import.meta.main) await write();
