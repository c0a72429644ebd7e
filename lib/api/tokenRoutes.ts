import { randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import { ROLES } from '../model/token.ts';
import { type Route, route, textParam } from './route.ts';
import { millis, words } from './schemas.ts';
import { tokenHash, tokenName } from './tokens.ts';

const tag = 'tokens';
const role = z.enum(ROLES);

export const tokenRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/tokens',
    tag,
    summary: 'Who was given a token, without the tokens',
    role: 'admin',
    answer: z.object({ items: z.array(z.object({ name: z.string(), role, by: z.string(), at: millis })) }),
    handle: async (_call, operations) => ({
      items: (await operations.tokens()).map(({ name, role, by, at }) => ({ name, role, by, at })),
    }),
  }),
  route({
    method: 'post',
    path: '/api/tokens',
    tag,
    summary: 'Give out a token; it is told once and kept only as its hash',
    role: 'admin',
    body: z.strictObject({ name: tokenName, role }),
    answer: z.object({ name: z.string(), role, token: z.string() }),
    handle: async ({ body, actor }, operations) => {
      const token = randomBytes(32).toString('base64url');
      await operations.createToken({ ...body, sha256: tokenHash(token) }, actor);
      return { ...body, token };
    },
  }),
  route({
    method: 'delete',
    path: '/api/tokens/:name',
    tag,
    summary: 'Revoke a token',
    role: 'admin',
    body: z.strictObject({ reason: words }),
    answer: z.object({ revoked: z.string() }),
    handle: async ({ params, body, actor }, operations) => {
      const name = textParam(params, 'name');
      await operations.revokeToken(name, body.reason, actor);
      return { revoked: name };
    },
  }),
];
