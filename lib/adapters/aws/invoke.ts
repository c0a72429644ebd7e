import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { failed, NightshiftError } from '../../model/errors.ts';
import type { FunctionAnswer } from '../../model/query.ts';
import { unavailable } from './errors.ts';

/**
 * Asks another function of ours and waits. Throws the error that it answers, or `failed` `<room>.unavailable` where it could not
 * be asked or broke.
 */
export async function invoke(
  client: LambdaClient,
  FunctionName: string,
  request: unknown,
  room: string,
): Promise<unknown> {
  const { value, error } = await answerOf(client, FunctionName, request, room);
  if (error === undefined) return value;
  const { kind, code, message, field } = error;
  throw new NightshiftError(kind, code, message, field === undefined ? {} : { field });
}

async function answerOf(
  client: LambdaClient,
  FunctionName: string,
  request: unknown,
  room: string,
): Promise<FunctionAnswer> {
  try {
    const Payload = new TextEncoder().encode(JSON.stringify(request));
    const answer = await client.send(new InvokeCommand({ FunctionName, Payload }));
    const text = new TextDecoder().decode(answer.Payload);
    if (answer.FunctionError !== undefined)
      throw failed(`${room}.unavailable`, `${FunctionName} broke: ${text.slice(0, 300)}`);
    return JSON.parse(text) as FunctionAnswer;
  } catch (cause) {
    throw unavailable(room, cause);
  }
}
