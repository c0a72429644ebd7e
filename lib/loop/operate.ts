import { demotionKey, STOP_KEY, WINDOWS_KEY } from '../decision/keys.ts';
import { fold } from '../incidents/fold.ts';
import type { Actor, Millis } from '../model/basic.ts';
import { canonicalJson } from '../model/canonical.ts';
import { absent, conflict, invalid, type NightshiftError } from '../model/errors.ts';
import type { DemotionRecord, StopRecord, WindowRecord } from '../model/incident.ts';
import type { Verifier } from '../ports/signer.ts';
import { createAnswers } from './answers.ts';
import { load, whileRaced } from './change.ts';
import type { Desk } from './deps.ts';
import { detect } from './detect.ts';
import { createDoor } from './door.ts';
import { exposition } from './exposition.ts';
import { health } from './health.ts';
import { manualRun } from './manual.ts';
import type { Operations } from './operations.ts';
import { verifyAudit } from './rootsVerify.ts';
import { setRecord } from './setRecord.ts';
import { grant, grants, revoke } from './tokens.ts';
import { warm } from './warm.ts';
import { watchExposition } from './watchExposition.ts';
import { mark, saidOf, watched } from './watched.ts';

const DEMOTIONS = 'demotion/';
const LONGEST_STOP = 30 * 24 * 3_600_000;

async function currentStop(deps: Desk): Promise<StopRecord | null> {
  const { value } = await deps.ledger.record<StopRecord>(STOP_KEY);
  return value !== null && value.until > deps.clock.now() ? value : null;
}

async function setStop(deps: Desk, until: Millis, reason: string, actor: Actor): Promise<StopRecord> {
  const now = deps.clock.now();
  if (!(until > now && until <= now + LONGEST_STOP))
    throw invalid('stop.until', 'a stop must end later than now and within 30 days', { field: 'until' });
  const value: StopRecord = { until, reason, by: actor.name };
  await whileRaced(async () => {
    const { version } = await deps.ledger.record(STOP_KEY);
    await setRecord(deps, STOP_KEY, version, value, reason, actor);
  });
  return value;
}

/**
 * Takes away what holds up others. `none` says that there is nothing to take away. What was set anew while this was under way is
 * not what was meant to be lifted: `conflict` `record.changed`, and it stands.
 */
async function lift<T>(
  deps: Desk,
  key: string,
  none: (value: T | null) => NightshiftError | null,
  reason: string,
  actor: Actor,
): Promise<void> {
  let meant: number | null = null;
  await whileRaced(async () => {
    const { version, value } = await deps.ledger.record<T>(key);
    const nothing = none(value);
    if (nothing !== null) throw nothing;
    meant ??= version;
    if (version !== meant) throw conflict('record.changed', `${key} was set anew meanwhile, and stands`);
    await setRecord(deps, key, version, null, reason, actor);
  });
}

const liftStop = (deps: Desk, reason: string, actor: Actor): Promise<void> =>
  lift<StopRecord>(
    deps,
    STOP_KEY,
    (stop) => (stop !== null && stop.until > deps.clock.now() ? null : absent('stop.absent', 'no stop is in force')),
    reason,
    actor,
  );

const windowsOf = (deps: Desk) => deps.ledger.record<readonly WindowRecord[]>(WINDOWS_KEY);

async function addWindow(deps: Desk, window: Omit<WindowRecord, 'id' | 'by'>, actor: Actor): Promise<WindowRecord> {
  const added: WindowRecord = { ...window, id: deps.ids.next('win'), by: actor.name };
  await whileRaced(async () => {
    const { version, value } = await windowsOf(deps);
    await setRecord(deps, WINDOWS_KEY, version, [...(value ?? []), added], window.reason, actor);
  });
  return added;
}

const removeWindow = (deps: Desk, id: string, actor: Actor): Promise<void> =>
  whileRaced(async () => {
    const { version, value } = await windowsOf(deps);
    const rest = (value ?? []).filter((window) => window.id !== id);
    if (rest.length === (value ?? []).length)
      throw absent('window.absent', `there is no window ${id}`, { field: 'id' });
    await setRecord(deps, WINDOWS_KEY, version, rest, `window ${id} removed`, actor);
  });

async function demotions(deps: Desk): Promise<readonly DemotionRecord[]> {
  const records = await deps.ledger.records<DemotionRecord>(DEMOTIONS);
  return records.flatMap(({ value }) => (value === null ? [] : [value]));
}

const liftDemotion = (deps: Desk, policy: string, cluster: string, reason: string, actor: Actor): Promise<void> =>
  lift<DemotionRecord>(
    deps,
    demotionKey(policy, cluster),
    (demotion) =>
      demotion === null
        ? absent('demotion.absent', `policy ${policy} is not demoted in ${cluster}`, { field: 'policy' })
        : null,
    reason,
    actor,
  );

/** Folds twice, once through JSON as an export would, and calls nothing outside the ledger. */
async function replay(deps: Desk, id: string) {
  const incident = await load(deps, id);
  const stored = await deps.ledger.read(id);
  const copy: typeof stored = JSON.parse(JSON.stringify(stored));
  return {
    incident,
    same: canonicalJson(fold(copy)) === canonicalJson(incident) && stored.length === incident.version,
  };
}

async function blob(deps: Desk, key: string): Promise<Uint8Array> {
  const bytes = await deps.blobs.get(key);
  if (bytes === null) throw absent('blob.absent', `there is no blob ${key}`, { field: 'key' });
  return bytes;
}

export function createOperations(
  deps: Desk,
  about: { readonly version: string; readonly startedAt: Millis; readonly verifier?: Verifier },
): Operations {
  const door = createDoor(deps);
  return {
    ...createAnswers(deps),
    hear: door.hear,
    health: () => health(deps, door, about),
    ready: async () => (await health(deps, door, about)).status !== 'down',
    metrics: () => exposition(deps),
    incidents: (filter) => deps.ledger.list(filter),
    blob: (key) => blob(deps, key),
    stop: () => currentStop(deps),
    setStop: (until, reason, actor) => setStop(deps, until, reason, actor),
    liftStop: (reason, actor) => liftStop(deps, reason, actor),
    windows: async () => (await windowsOf(deps)).value ?? [],
    addWindow: (window, actor) => addWindow(deps, window, actor),
    removeWindow: (id, actor) => removeWindow(deps, id, actor),
    demotions: () => demotions(deps),
    liftDemotion: (policy, cluster, reason, actor) => liftDemotion(deps, policy, cluster, reason, actor),
    tokens: () => grants(deps),
    createToken: (asked, actor) => whileRaced(() => grant(deps, asked, actor)),
    revokeToken: (name, reason, actor) => whileRaced(() => revoke(deps, name, reason, actor)),
    bundle: () => deps.catalogue.active(),
    hosts: () => deps.inventory.hosts(),
    run: (request, actor) => manualRun(deps, request, actor),
    watches: () => watched(deps),
    watchMetrics: () => watchExposition(deps),
    mark: (id, useful, actor) => mark(deps, id, useful, actor),
    said: (id) => saidOf(deps, id),
    warm: (watch, learned, actor) => warm(deps, watch, learned, actor),
    detect: (request) => detect(deps, request),
    auditVerify: () => verifyAudit({ ...deps, verifier: about.verifier ?? null }),
    replay: (id) => replay(deps, id),
  };
}
