import { describe, expect, test } from 'vitest';
import { envelopeDigest } from '../../../core/ledger/envelope.ts';
import { isFinal, nextRunRecord, verifyRun } from '../../../core/ledger/machine.ts';
import type { RunRecord, RunState } from '../../../core/ledger/run.ts';
import { runStatement } from '../../../core/ledger/statement.ts';
import { Instant, RepositoryName } from '../../../core/names.ts';
import { judged, makeKey, NOW, OUTPUT, recordOf, runId, sha256, signStatement } from '../samples.ts';

const key = makeKey();
const EARLIER = Instant.parse('2026-11-02T09:00:00Z');
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

describe('a run that evaluates another goes', () => {
  test.each(names)('from accepted to %s, or not, since it trains nothing', (to) => {
    const record = recordOf({ evaluates: runId(7) });
    const go = (): RunRecord => nextRunRecord(record, states[to], NOW, sha256('x'));
    if (to === 'judging' || to === 'failed' || to === 'cancelled') expect(go().state).toEqual(states[to]);
    else expect(go).toThrow(expect.objectContaining({ code: 'illegal_transition' }));
  });
});

describe('of its training', () => {
  const later = Instant.parse('2026-11-02T12:30:00Z');
  const training = nextRunRecord(recordOf(), states.training, NOW, sha256('x'));

  test.each(['judging', 'failed', 'cancelled'] as const)('a run that is %s keeps when it began and ended', (to) => {
    expect(nextRunRecord(training, states[to], later, sha256('y')).training).toEqual({
      startedAt: NOW,
      endedAt: later,
    });
  });

  test('a run that failed before it began keeps nothing', () => {
    const record = nextRunRecord(recordOf(), states.failed, later, sha256('x'));
    expect(record.training).toEqual({ startedAt: null, endedAt: null });
  });

  test('a run that began before times were kept has no length', () => {
    const old = recordOf({ state: states.training });
    expect(nextRunRecord(old, states.judging, later, sha256('x')).training).toEqual({ startedAt: null, endedAt: null });
  });
});

test('judged, failed and cancelled are final', () => {
  expect(names.filter((name) => isFinal(states[name]))).toEqual(['judged', 'failed', 'cancelled']);
});

test('the next record counts on, and names the one before', () => {
  const record = recordOf();
  const next = nextRunRecord(record, states.training, NOW, sha256('x'));
  const training = { startedAt: NOW, endedAt: null };
  expect(next).toEqual({ ...record, sequence: 1, previous: sha256('x'), training, state: states.training });
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
    [
      'that moves the beginning of its training',
      [
        recordOf(),
        recordOf({ state: states.training, training: { startedAt: NOW, endedAt: null } }),
        recordOf({ state: states.judging, training: { startedAt: EARLIER, endedAt: null } }),
      ],
      'inconsistent',
    ],
    [
      'that says its training ended at another time than its own',
      [
        recordOf(),
        recordOf({ state: states.training, training: { startedAt: NOW, endedAt: null } }),
        recordOf({ state: states.judging, training: { startedAt: NOW, endedAt: EARLIER } }),
      ],
      'inconsistent',
    ],
    [
      'that begins to evaluate another run on its way',
      [recordOf(), recordOf({ state: states.judging, evaluates: runId(7) })],
      'illegal_transition',
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

describe('records from before a key was introduced', () => {
  /** The record as it was written then: without the keys, in the payload that was signed. */
  function written(record: RunRecord): Uint8Array {
    const { hourlyPrice: _price, training: _training, evaluates: _evaluates, order, ...rest } = record;
    const { runner: _runner, ...ordered } = order;
    const statement = runStatement(record);
    // The type says what is written now; what was written then had fewer keys.
    return signStatement({ ...statement, predicate: { ...rest, order: ordered } as unknown as RunRecord }, key);
  }

  test('are read, with what the keys mean where they are not there', () => {
    const [read] = verifyRun([written(recordOf())], [key.public]);
    expect(read?.record).toMatchObject({
      hourlyPrice: null,
      evaluates: null,
      training: { startedAt: null, endedAt: null },
      order: { runner: null },
    });
  });

  test('are followed by records of now', () => {
    const first = written(recordOf());
    const next = nextRunRecord(recordOf(), states.training, NOW, envelopeDigest(first));
    expect(verifyRun([first, signStatement(runStatement(next), key)], [key.public])).toHaveLength(2);
  });
});
