import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { advance } from '../../loop/advance.ts';
import { manualRun } from '../../loop/manual.ts';
import { invalid } from '../../model/errors.ts';
import type { Incident } from '../../model/incident.ts';
import { withDeps } from './loop.ts';

/** Left for the answer, milliseconds. */
const MARGIN = 15_000;

const text = z.string().check(z.minLength(1), z.maxLength(1_000));
const request = z.strictObject({
  runbook: text,
  /** Ids or names of hosts. */
  targets: z.union([z.array(text).check(z.minLength(1), z.maxLength(50)), text]),
  parameters: z._default(z.record(z.string(), z.string()), {}),
  dryRun: z._default(z.boolean(), false),
  reason: z._default(text, 'run by hand with sls invoke'),
  /** Who runs it: an invocation does not say. */
  by: z._default(z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/)), 'sls-invoke'),
});

function checked(event: unknown) {
  const parsed = request.safeParse(event);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const stray = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = stray ?? (issue?.path.join('.') || 'body');
  throw invalid('run.request', `${field}: ${issue?.message}`, {
    field,
    expected: '{"runbook": "…", "targets": ["…"], "parameters": {}, "dryRun": true, "reason": "…", "by": "…"}',
  });
}

/** What a person at a terminal wants to read of it. */
function told({ id, state, decisions, plans }: Incident) {
  const decision = decisions.at(-1);
  return {
    incident: id,
    state,
    outcome: decision?.outcome ?? null,
    reasons: decision?.reasons ?? [],
    executions: plans.flatMap(({ executions }) =>
      executions.map(({ id: execution, target, state: at, exitCode, reason, verification }) => ({
        id: execution,
        host: target.hostId,
        state: at,
        exitCode,
        reason,
        verification: verification?.result ?? null,
      })),
    ),
  };
}

const isDone = ({ decisions, plans }: Incident): boolean =>
  decisions.length > 0 &&
  plans.every(({ state }) => !['dispatching', 'running', 'verifying', 'proposed'].includes(state));

/**
 * A runbook by hand, through the same guards and audit as any other; waits for its end as long as the function may. What goes
 * on after that is carried on by the sweep. Throws `input` `run.*` for a request that is wrong.
 */
export const runbook = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) =>
  withDeps(async (ports) => {
    const { targets, by, ...rest } = checked(event);
    const hosts = typeof targets === 'string' ? [targets] : targets;
    const { id } = await manualRun(ports, { ...rest, hosts }, { name: by, via: 'api' });
    let incident = await advance(ports, id);
    while (!isDone(incident) && context.getRemainingTimeInMillis() > MARGIN) {
      await pause(ports.settings.runner.poll);
      incident = await advance(ports, id);
    }
    return told(incident);
  });
