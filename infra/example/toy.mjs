// The toy service of `npm start -- --example`: it counts orders, shows its metrics, and dies when it is told to.
import { createServer } from 'node:http';

const port = Number(process.argv[2]);
let orders = 0;
const timer = setInterval(() => {
  orders += 7;
}, 250);
timer.unref();

const metrics = () =>
  ['# TYPE toy_up gauge', 'toy_up 1', '# TYPE toy_orders_waiting gauge', `toy_orders_waiting ${orders % 5}`, ''].join(
    '\n',
  );

const server = createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/kill') {
    response.end('dying\n', () => process.exit(137));
    return;
  }
  if (request.url !== '/metrics') {
    response.writeHead(404).end('GET /metrics or POST /kill\n');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics());
});
server.listen(port, '127.0.0.1');
