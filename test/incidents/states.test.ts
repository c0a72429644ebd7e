import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { nextState, STATES, type StateEvent } from '../../lib/incidents/states.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/states.md');
const EVENTS: readonly StateEvent[] = ['acknowledged', 'escalated', 'resolved', 'reopened', 'closed'];
const NEXT = { escalated: 'climbs the escalation chain', closed: 'closes', nothing: '–' } as const;

function document(): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const states = STATES.map(({ state, on, deadline, reached }) =>
    row([`**${state}**`, ...EVENTS.map((event) => on[event] ?? '–'), deadline, NEXT[reached]]),
  );
  return `# States of an incident

The table that the code runs (\`lib/incidents/states.ts\`): state × event × deadline × next. A cell is the state after the event;
– means that the event is refused or says nothing there. Only \`closed\` is terminal: every other state has a deadline, and a
deadline that is reached never passes in silence. This page is written by \`UPDATE_DOCS=1 npm test -- test/incidents/states\`.

${row(['State', ...EVENTS.map((event) => `on ${event}`), 'Deadline', 'When it is reached'])}
${row(Array.from({ length: EVENTS.length + 3 }, () => '---'))}
${states.join('\n')}

A firing within the policy's \`recurrence\` (6 h) of a verified cure reopens the incident and escalates it; a later one opens a new
incident. A plan has states of its own: proposed, shadowed, awaiting approval, dispatching, running, verifying, verified, failed,
inconclusive, unknown, refused, cancelled.
`;
}

describe('the table of states', () => {
  test('docs/states.md shows the table that the code runs', () => {
    if (process.env.UPDATE_DOCS === '1') writeFileSync(DOCUMENT, document());
    expect(existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '').toBe(document());
  });

  test('every state has its row, only closed has no deadline, and every next state is a state', () => {
    const names = STATES.map(({ state }) => state);
    expect(names).toEqual(['open', 'acknowledged', 'escalated', 'resolved', 'closed']);
    expect(STATES.filter(({ reached }) => reached === 'nothing').map(({ state }) => state)).toEqual(['closed']);
    for (const { on } of STATES) for (const next of Object.values(on)) expect(names).toContain(next);
  });

  test('closed is left by reopening alone, and reached from every other state', () => {
    const leaving = EVENTS.filter((event) => nextState('closed', event) !== null);
    expect(leaving).toEqual(['reopened']);
    for (const { state } of STATES) if (state !== 'closed') expect(nextState(state, 'closed')).toBe('closed');
  });
});
