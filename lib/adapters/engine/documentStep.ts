import { refused } from '../../model/errors.ts';

export interface DocumentStep {
  readonly script: string;
  /** Seconds, 5–172800. */
  readonly timeoutSeconds: number;
  /** The command line before the script's path. */
  readonly interpreter: readonly string[];
}

/** What the agent takes without a word where a timeout is missing, no number or outside 5–172800. In seconds. */
const AGENT_DEFAULT = 3600;

/**
 * The only step of a document, read as the agent reads it: the lines joined, `sh` unless there is a `#!`, the agent's own
 * default for a timeout that it does not take. Forms in which the agent would do something else than run this one script with
 * parameters in its environment are `refused` `engine.document`, not imitated.
 */
export function readStep(document: unknown): DocumentStep {
  const { schemaVersion, mainSteps, parameters } = fields(document, 'document');
  if (schemaVersion !== '2.2') throw no('schemaVersion', '"2.2"');
  if (!Array.isArray(mainSteps) || mainSteps.length !== 1) throw no('mainSteps', 'exactly one step');
  const { action, inputs } = fields(mainSteps[0], 'mainSteps[0]');
  if (action !== 'aws:runShellScript') throw no('mainSteps[0].action', 'aws:runShellScript');
  const { runCommand, timeoutSeconds } = fields(inputs, 'mainSteps[0].inputs');
  const script = joined(runCommand);
  if (script.includes('{{')) throw no('mainSteps[0].inputs.runCommand', 'no {{…}}');
  for (const [name, parameter] of Object.entries(fields(parameters ?? {}, 'parameters'))) {
    const { interpolationType } = fields(parameter, `parameters.${name}`);
    if (interpolationType !== 'ENV_VAR') throw no(`parameters.${name}.interpolationType`, 'ENV_VAR');
  }
  return { script, timeoutSeconds: timeoutOf(timeoutSeconds), interpreter: interpreterOf(script) };
}

function fields(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw no(field, 'a map');
  return value as Readonly<Record<string, unknown>>;
}

function joined(lines: unknown): string {
  const isText = (line: unknown): line is string => typeof line === 'string';
  if (!Array.isArray(lines) || lines.length === 0 || !lines.every(isText)) {
    throw no('mainSteps[0].inputs.runCommand', 'a list of lines');
  }
  return `${lines.join('\n')}\n`;
}

function timeoutOf(given: unknown): number {
  const seconds = typeof given === 'string' && /^[0-9]+$/.test(given.trim()) ? Number(given) : given;
  const taken = typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 5 && seconds <= 172_800;
  return taken ? seconds : AGENT_DEFAULT;
}

/** As the kernel reads `#!`: a path and at most one argument. */
function interpreterOf(script: string): readonly string[] {
  const [, path, argument] = /^#![ \t]*(\S+)(?:[ \t]+(\S.*?))?[ \t]*\n/.exec(script) ?? [];
  if (path === undefined) return ['/bin/sh'];
  return argument === undefined ? [path] : [path, argument];
}

const no = (field: string, expected: string) =>
  refused('engine.document', `the document's ${field} is not ${expected}`, { field, expected });
