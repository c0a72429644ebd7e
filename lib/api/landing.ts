import type { Hono } from 'hono';
import type { ApiSettings } from './settings.ts';

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** For whoever opens the address in a browser: what this is, where to look, how to send alerts here. */
export function landingPage({ url, intake, loopback }: Pick<ApiSettings, 'url' | 'intake' | 'loopback'>): string {
  const base = escapeHtml(url.replace(/\/+$/, ''));
  const authorization =
    intake.tokens.length === 0 && loopback
      ? ''
      : '\n        http_config: { authorization: { credentials: &lt;intake token&gt; } }';
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Nightshift</title><meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}
pre{padding:1rem;overflow:auto;border:1px solid #8884}</style></head>
<body>
<h1>Nightshift</h1>
<p>From an alert to a proven cure: Nightshift hears what Alertmanager sends, decides what is really wrong, mends it with a
runbook where that is safe, proves by a query that it is mended, and wakes a person when it is not.</p>
<ul>
<li><a href="/api/incidents">Incidents</a>, <a href="/api/incidents?state=open,acknowledged,escalated">those that are open</a></li>
<li><a href="/health">Health</a> of each dependency, <a href="/metrics">metrics</a> for Prometheus</li>
<li><a href="/api/policies">Policies</a>, <a href="/api/runbooks">runbooks</a>, <a href="/api/hosts">hosts</a>,
<a href="/api/windows">windows</a>, <a href="/api/stop">stop</a>, <a href="/api/demotions">demotions</a></li>
<li><a href="/openapi.json">OpenAPI description</a> of all of it</li>
</ul>
<p>In a terminal: <code>npx nightshift incidents</code>, <code>npx nightshift why ID</code>, <code>npx nightshift --help</code>.</p>
<h2>Point Alertmanager here</h2>
<pre>receivers:
  - name: nightshift
    webhook_configs:
      - url: ${base}/webhooks/alertmanager
        max_alerts: ${intake.maxAlerts}${authorization}</pre>
</body>
</html>
`;
}

export function addLanding(app: Hono, settings: ApiSettings): void {
  const page = landingPage(settings);
  app.get('/', () => new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } }));
}
