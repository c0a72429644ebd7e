import { accepts, DISPATCH_PARAMETERS } from '../language/parameters.ts';
import { canonicalJson } from '../model/canonical.ts';
import type { Bundle, Policy } from '../model/catalogue.ts';
import { invalid } from '../model/errors.ts';
import type { Runbook } from '../model/runbook.ts';
import { coverAlerts } from './coverage.ts';
import { didYouMean } from './nearest.ts';
import type { Sha256, WrittenPack } from './pack.ts';
import type { WrittenPolicy } from './policies.ts';

/**
 * Joins packs and the user's own policies into what decisions are made from. The user's policies come first, in their order, and
 * one with the name of a pack's policy takes its place; then the packs' by pack name. The hash is the sha256 of the canonical JSON
 * of everything else. `input` errors with file, line and field: `pack.runbook`, `pack.indicator` and `policy.duplicate` for a name that is
 * taken, `pack.coverage`, `policy.runbook`, `policy.parameter`.
 */
export function compile(packs: readonly WrittenPack[], userPolicies: readonly WrittenPolicy[], sha256: Sha256): Bundle {
  const sorted = [...packs].sort((a, b) => (a.summary.name < b.summary.name ? -1 : 1));
  const runbooks = runbooksOf(sorted);
  checkIndicators(sorted);
  const shipped = byName(sorted.flatMap(({ policies }) => policies));
  const own = byName(userPolicies);
  for (const written of [...shipped.values(), ...own.values()]) checkRunbooks(written, runbooks);
  const offered = new Map([...shipped].map(([name, { policy }]) => [name, policy]));
  const summaries = sorted.map((pack) => ({ ...pack.summary, alerts: coverAlerts(pack, offered) }));
  const policies: Policy[] = [
    ...own.values(),
    ...[...shipped.values()].filter(({ policy }) => !own.has(policy.name)),
  ].map(({ policy }) => policy);
  const content = { packs: summaries, runbooks: Object.fromEntries(runbooks), policies };
  return { hash: sha256(canonicalJson(content)), ...content };
}

function runbooksOf(packs: readonly WrittenPack[]): Map<string, Runbook> {
  const found = new Map<string, Runbook>();
  for (const runbook of packs.flatMap((pack) => pack.runbooks)) {
    const other = found.get(runbook.name);
    if (other !== undefined) {
      const message = `packs/${runbook.pack}/runbooks/${runbook.name}.yaml: pack ${other.pack} has a runbook of this name`;
      throw invalid('pack.runbook', message, { field: runbook.name, expected: 'a name of its own' });
    }
    found.set(runbook.name, runbook);
  }
  return found;
}

/** An indicator's id names its watch. */
function checkIndicators(packs: readonly WrittenPack[]): void {
  const found = new Map<string, string>();
  for (const { id, pack } of packs.flatMap(({ summary }) => summary.indicators)) {
    const other = found.get(id);
    if (other !== undefined) {
      const message = `packs/${pack}/pack.yaml: pack ${other} has an indicator ${id}`;
      throw invalid('pack.indicator', message, { field: id, expected: 'an id of its own' });
    }
    found.set(id, pack);
  }
}

function byName(written: readonly WrittenPolicy[]): Map<string, WrittenPolicy> {
  const found = new Map<string, WrittenPolicy>();
  for (const one of written) {
    const other = found.get(one.policy.name);
    if (other !== undefined)
      throw one.error(
        'policy.duplicate',
        ['name'],
        `${one.policy.name} is in ${other.policy.file} already`,
        'a name of its own',
      );
    found.set(one.policy.name, one);
  }
  return found;
}

function checkRunbooks(written: WrittenPolicy, runbooks: ReadonlyMap<string, Runbook>): void {
  for (const [index, { name }] of written.policy.runbooks.entries()) {
    const runbook = runbooks.get(name);
    if (runbook === undefined) {
      const known = [...runbooks.keys()];
      throw written.error(
        'policy.runbook',
        ['runbooks', index, 'name'],
        `there is no runbook ${name}${didYouMean(name, known)}`,
        `one of ${known.join(', ')}`,
      );
    }
    checkParametersOf(written, index, runbook);
  }
}

/** Constants are checked now, labels when their value is known. */
function checkParametersOf({ policy, error }: WrittenPolicy, index: number, runbook: Runbook): void {
  const given = policy.runbooks[index]?.parameters ?? {};
  const settable = runbook.parameters.filter(({ name }) => !isRequired(name));
  const path = ['runbooks', index, 'parameters'];
  const names = settable.map(({ name }) => name);
  for (const [name, value] of Object.entries(given)) {
    const parameter = settable.find((candidate) => candidate.name === name);
    if (parameter === undefined)
      throw error(
        'policy.parameter',
        [...path, name],
        `${runbook.name} takes no ${name}${didYouMean(name, names)}`,
        oneOf(names),
      );
    if (typeof value === 'string' && !accepts(parameter, value)) {
      const expected =
        parameter.allowedValues === null ? `text matching ${parameter.allowedPattern}` : oneOf(parameter.allowedValues);
      throw error(
        'policy.parameter',
        [...path, name],
        `${runbook.name} does not take ${JSON.stringify(value)}`,
        expected,
      );
    }
  }
  const missing = settable.find(({ name, default: preset }) => preset === null && !Object.hasOwn(given, name));
  if (missing !== undefined)
    throw error(
      'policy.parameter',
      [...path, missing.name],
      `${runbook.name} needs ${missing.name}`,
      missing.description,
    );
}

/** The dispatch sets these; a policy never does. */
const isRequired = (name: string) => DISPATCH_PARAMETERS.some((required) => required === name);

const oneOf = (names: readonly string[]) => (names.length === 0 ? 'nothing' : `one of ${names.join(', ')}`);
