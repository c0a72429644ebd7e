import type { Role } from '../../model/token.ts';
import type { Client } from '../client.ts';
import { type Output, paint, print, printJson, printTable, time } from '../output.ts';

interface Listed {
  readonly name: string;
  readonly role: Role;
  readonly by: string;
  readonly at: number;
}

export async function list(client: Client, output: Output): Promise<number> {
  const answer = await client.get<{ items: readonly Listed[] }>('/api/tokens');
  if (output.json) return printJson(output, answer);
  if (answer.items.length === 0) print(output, 'No tokens were given out; this machine has its own.');
  else
    printTable(
      output,
      ['NAME', 'ROLE', 'GIVEN BY', 'AT'],
      answer.items.map(({ name, role, by, at }) => [name, role, by, time(at)]),
    );
  return 0;
}

export async function create(client: Client, output: Output, name: string, role: string): Promise<number> {
  const answer = await client.send<{ name: string; role: Role; token: string }>('POST', '/api/tokens', { name, role });
  if (output.json) return printJson(output, answer);
  print(output, answer.token);
  print(output, paint(output, 'dim', `It is ${name}'s (${role}) and is told this once: NIGHTSHIFT_TOKEN=…`));
  return 0;
}

export async function revoke(client: Client, output: Output, name: string, reason: string): Promise<number> {
  const answer = await client.send('DELETE', `/api/tokens/${encodeURIComponent(name)}`, { reason });
  if (output.json) return printJson(output, answer);
  print(output, `The token of ${name} opens nothing any more.`);
  return 0;
}
