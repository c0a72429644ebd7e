import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { handle } from 'hono/aws-lambda';
import { metrics } from '../../adapters/aws/measured.ts';
import { describe } from '../../model/errors.ts';
import { logger } from './base.ts';

const publish = () => {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
};

type Handler<Event, Answer> = (event: Event, context: Context) => Promise<Answer>;

/** The one stack of every function: request ids in the log, metrics written out, an error told in a line before it is thrown. */
export function stack<Event, Answer>(handler: Handler<Event, Answer>) {
  return (
    middy<Event, Answer>()
      .use(injectLambdaContext(logger))
      // Not Powertools' own middleware: it warns of every call that measured nothing, and the sweep is called each minute.
      .after(publish)
      .onError(publish)
      .onError(({ error }) => logger.error('the function failed', { error: describe(error) }))
      .handler(handler)
  );
}

/** A part of the API behind API Gateway's HTTP API. The API itself never throws; only a start that failed does. */
export function http(build: () => Promise<HttpPart>) {
  return stack(async (event: Parameters<ReturnType<typeof handle>>[0], context: Context) => {
    const { fetch, flush } = await build();
    // Hono's adapter asks for an app and uses nothing of it but `fetch`.
    const answer = await handle({ fetch } as unknown as Parameters<typeof handle>[0])(
      event,
      context as unknown as Parameters<ReturnType<typeof handle>>[1],
    );
    await flush();
    return answer;
  });
}

export interface HttpPart {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Wakes what the request asked for. */
  readonly flush: () => Promise<void>;
}
