import { describe, expect, test } from 'vitest';
import { envelopeDigest } from '../../../core/ledger/envelope.ts';
import { isFinal, nextRunRecord, verifyRun } from '../../../core/ledger/machine.ts';
import type { RunRecord, RunState } from '../../../core/ledger/run.ts';
import { runStatement } from '../../../core/ledger/statement.ts';
import { RepositoryName } from '../../../core/names.ts';
import { judged, makeKey, NOW, OUTPUT, recordOf, sha256, signStatement } from '../samples.ts';

const key = makeKey();
const states: Record<RunState['state'], RunState> = {
  accepted: { state: 'accepted' },
  training: { state: 'training', workflowRun: 10 },
  judging: { state: 'judging', trainRun: 10, output: OUTPUT, workflowRun: 11, order: judged().order },
  judged: judged(),
  failed: { state: 'failed', at: 'training', reason: 'exit', message: 'exit code 1', workflowRun: 10 },
  cancelled: { state: 'cancelled', by: 'ada', workflowRun: 10 },
};
const names = Object.keys(states) as RunState['state'][];
const lawful = [
  'accepted>training',
  'accepted>failed',
  'accepted>cancelled',
  'training>judging',
  'training>failed',
  'training>cancelled',
  'judging>judged',
  'judging>failed',
  'judging>cancelled',
];

describe('a run goes', () => {
  test.each(names.flatMap((from) => names.map((to) => [from, to] as const)))(
    'from %s to %s, or not, as the design says',
    (from, to) => {
      const record = recordOf({ state: states[from] });
      const go = (): RunRecord => nextRunRecord(record, states[to], NOW, sha256('x'));
      if (lawful.includes(`${from}>${to}`)) expect(go().state).toEqual(states[to]);
      else expect(go).toThrow(expect.objectContaining({ code: 'illegal_transition' }));
    },
  );
});

test('judged, failed and cancelled are final', () => {
  expect(names.filter((name) => isFinal(states[name]))).toEqual(['judged', 'failed', 'cancelled']);
});

test('the next record counts on, and names the one before', () => {
  const record = recordOf();
  const next = nextRunRecord(record, states.training, NOW, sha256('x'));
  expect(next).toEqual({ ...record, sequence: 1, previous: sha256('x'), state: states.training });
});

/** Signs records into a chain, whatever they say. */
function chain(...records: readonly RunRecord[]): Uint8Array[] {
  const envelopes: Uint8Array[] = [];
  for (const [sequence, record] of records.entries()) {
    const last = envelopes.at(-1);
    const previous = last === undefined ? null : envelopeDigest(last);
    envelopes.push(signStatement(runStatement({ ...record, sequence, previous }), key));
  }
  return envelopes;
}

const life = [states.accepted, states.training, states.judging, states.judged].map((state) => recordOf({ state }));

test('the chain of a whole run verifies', () => {
  expect(verifyRun(chain(...life), [key.public]).map(({ record }) => record.state.state)).toEqual([
    'accepted',
    'training',
    'judging',
    'judged',
  ]);
});

describe('a chain is refused', () => {
  test.each<[string, readonly RunRecord[], string]>([
    ['that skips a state', [life[0], life[2]].flatMap((record) => record ?? []), 'illegal_transition'],
    ['that does not begin as accepted', life.slice(1), 'illegal_transition'],
    ['that goes on after its end', [...life, recordOf({ state: states.failed })], 'illegal_transition'],
    [
      'that changes what was accepted',
      [recordOf(), recordOf({ state: states.training, requestedBy: 'mallory' })],
      'inconsistent',
    ],
    ['that changes its trust', [recordOf({ trust: 'fork' }), recordOf({ state: states.training })], 'inconsistent'],
  ])('%s', (_, records, code) => {
    expect(() => verifyRun(chain(...records), [key.public])).toThrow(expect.objectContaining({ code }));
  });

  test('whose links are broken', () => {
    const [, ...rest] = chain(...life);
    expect(() => verifyRun(rest, [key.public])).toThrow(expect.objectContaining({ code: 'chain_broken' }));
  });

  test('of another repository', () => {
    const other = RepositoryName.parse('mallory/flights');
    expect(() => verifyRun(chain(recordOf()), [key.public], other)).toThrow(
      expect.objectContaining({ code: 'wrong_repository' }),
    );
  });
});
