import { parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { accepts, DISPATCH_PARAMETERS } from '../language/parameters.ts';
import { patternProblem } from '../language/pattern.ts';
import { canonicalJson } from '../model/canonical.ts';
import { invalid } from '../model/errors.ts';
import type { Runbook, RunbookParameter } from '../model/runbook.ts';
import { checkScript } from './script.ts';

/**
 * The one form of SSM Command document that runs here. The agent continues after a failed step, even `onFailure: exit`
 * ignores a timed-out one, scripts run under `sh` without `set -e` unless they say otherwise, `{{name}}` is pasted into
 * the script's text, and a timeout outside 5–172800 silently becomes 3600. So every form in which those could bite is
 * refused: a document is one step with one bash script that begins with exactly these lines.
 *
 *  - the script refuses with exit code 98 to begin later than `notAfter` (milliseconds since the epoch);
 *  - it refuses with exit code 97 when the marker directory named by the execution exists or cannot be made, so a
 *    command that is delivered twice acts once.
 *
 * `date` counts whole seconds on every host, therefore the next second is compared: early rather than late. The `!`
 * makes a comparison that cannot be made a refusal. After the preamble come `# describe` (print what is seen, change
 * nothing), `# assert` (leave with an error unless acting is right), `# act` (absent where the effect is `read`) and
 * `# check` (leave with an error unless it worked), each a comment of its own, in this order.
 */
export const PREAMBLE: readonly string[] = `#!/bin/bash
set -euo pipefail
# marker
seconds="$(date +%s)"
if ! [ "$((seconds + 1))000" -le "\${SSM_notAfter:?}" ]; then echo "refused: notAfter has passed" >&2; exit 98; fi
markers="\${NIGHTSHIFT_MARKERS:-/run/nightshift}"
if ! mkdir -p "$markers"; then echo "refused: no place for the marker" >&2; exit 97; fi
if ! mkdir "$markers/\${SSM_executionId:?}"; then echo "refused: this execution has begun before" >&2; exit 97; fi`.split(
  '\n',
);
/** The script's own refusals: the marker exists or cannot be made, the time to begin has passed. */
export const EXIT_MARKED = 97;
export const EXIT_TOO_LATE = 98;

export interface DocumentMeta {
  readonly effect: 'read' | 'change';
  readonly minutesSaved: number;
  readonly pack: string;
}

const Parameter = z.strictObject({
  type: z.literal('String'),
  description: z.string().min(1),
  interpolationType: z.literal('ENV_VAR'),
  allowedPattern: z.string().optional(),
  allowedValues: z.array(z.string().min(1)).min(1).optional(),
  default: z.string().min(1).optional(),
});

const Step = z.strictObject({
  action: z.literal('aws:runShellScript'),
  name: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
  inputs: z.strictObject({
    timeoutSeconds: z.string().regex(/^[1-9][0-9]{0,5}$/),
    runCommand: z.array(z.string()).min(1),
  }),
});

const Document = z.strictObject({
  schemaVersion: z.literal('2.2'),
  description: z.string().min(1),
  parameters: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/), Parameter),
  mainSteps: z.tuple([Step]),
});
type Document = z.infer<typeof Document>;

/**
 * Reads one document, YAML or JSON. The runbook's name is the file's without folder and ending; its hash is the sha256 of
 * the document's canonical JSON, which is also the form to be sent. Every error is `input` `document.*` with
 * field = `<file>: <field>`: `yaml`, `name`, `shape`, `timeout`, `required`, `pattern`, `default`, and `script-*` of script.ts.
 */
export function checkDocument(
  text: string,
  file: string,
  meta: DocumentMeta,
  sha256: (text: string) => string,
): Runbook {
  const document = parsed(text, file);
  const step = document.mainSteps[0];
  const parameters = Object.entries(document.parameters).map(([name, one]) => readParameter(file, name, one));
  for (const name of DISPATCH_PARAMETERS) requireParameter(file, name, parameters);
  const script = step.inputs.runCommand.join('\n');
  checkScript(script, `${file}: mainSteps[0].inputs.runCommand`, {
    preamble: PREAMBLE,
    effect: meta.effect,
    parameters: parameters.map((parameter) => parameter.name),
  });
  return {
    name: nameOf(file),
    pack: meta.pack,
    description: document.description,
    effect: meta.effect,
    parameters,
    script,
    timeoutSeconds: timeoutOf(file, step.inputs.timeoutSeconds),
    hash: sha256(canonicalJson(document)),
    document,
    minutesSaved: meta.minutesSaved,
  };
}

function parsed(text: string, file: string): Document {
  const yaml = parseDocument(text, { uniqueKeys: true, stringKeys: true });
  const problem = yaml.errors[0] ?? yaml.warnings[0];
  if (problem)
    throw invalid('document.yaml', `${file}: ${problem.message}`, {
      field: file,
      expected: 'one YAML or JSON document',
    });
  visit(yaml, {
    Alias() {
      throw invalid('document.yaml', `${file}: aliases are not accepted`, {
        field: file,
        expected: 'every value written out',
      });
    },
  });
  const result = Document.safeParse(yaml.toJS({ maxAliasCount: 0 }));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = `${file}: ${pathText(issue?.path ?? [])}`;
  throw invalid('document.shape', `${field}: ${issue?.message}`, {
    field,
    expected: 'a schemaVersion "2.2" document with one aws:runShellScript step and ENV_VAR parameters, nothing else',
  });
}

const pathText = (path: readonly PropertyKey[]) =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '') || '(document)';

function nameOf(file: string): string {
  const name = /(?:^|[/\\])([a-z0-9][a-z0-9-]{0,62})\.(?:ya?ml|json)$/.exec(file)?.[1];
  if (name) return name;
  throw invalid('document.name', `${file}: the file's name is the runbook's`, {
    field: file,
    expected: 'a-z, 0-9 and - before .yaml or .json',
  });
}

function timeoutOf(file: string, text: string): number {
  const seconds = Number(text);
  if (seconds >= 5 && seconds <= 172800) return seconds;
  const field = `${file}: mainSteps[0].inputs.timeoutSeconds`;
  throw invalid('document.timeout', `${field}: the agent would silently wait 3600 s`, {
    field,
    expected: '"5" to "172800"',
  });
}

function readParameter(file: string, name: string, one: z.infer<typeof Parameter>): RunbookParameter {
  const field = `${file}: parameters.${name}`;
  const parameter: RunbookParameter = {
    name,
    type: one.type,
    description: one.description,
    allowedPattern: one.allowedPattern ?? null,
    allowedValues: one.allowedValues ?? null,
    default: one.default ?? null,
  };
  const problem = boundsProblem(parameter);
  if (problem) {
    throw invalid('document.pattern', `${field}.allowedPattern ${problem}`, {
      field: `${field}.allowedPattern`,
      expected: 'RE2, ^…$',
    });
  }
  if (parameter.default !== null && !accepts(parameter, parameter.default)) {
    throw invalid('document.default', `${field}.default is not accepted by the parameter itself`, {
      field: `${field}.default`,
    });
  }
  return parameter;
}

function boundsProblem({ allowedPattern, allowedValues }: RunbookParameter): string | null {
  if (allowedPattern !== null) return patternProblem(allowedPattern);
  return allowedValues === null ? 'or allowedValues must bound the value' : null;
}

function requireParameter(file: string, name: string, parameters: readonly RunbookParameter[]): void {
  const found = parameters.find((parameter) => parameter.name === name);
  const field = `${file}: parameters.${name}`;
  if (!found)
    throw invalid('document.required', `${field} is not declared`, { field, expected: 'executionId and notAfter' });
  if (found.default !== null) {
    throw invalid('document.required', `${field} has a default, so nobody would notice that it was not set`, {
      field: `${field}.default`,
      expected: 'no default',
    });
  }
}
