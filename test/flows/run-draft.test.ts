import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Instant, RepositoryName, RunId } from '../../core/names.ts';
import { runRequest } from '../../core/training/order.ts';
import { deriveRunId, draftRun, type KnownModel } from '../../flows/run-draft.ts';
import { CONFIG_TEXT, changedText, configOf, gitId, MODEL, REPOSITORY, treeOf } from '../core/samples.ts';
import { at, policyOf } from './snapshots.ts';

const NOON = Instant.parse('2026-11-02T12:00:00Z');
const LATER = Instant.parse('2026-11-02T12:00:01Z');

describe('the id of a run', () => {
  test('is that of its request, however often it is asked for', () => {
    const id = deriveRunId(REPOSITORY, NOON, 'comment 5 line 1 model flight-delay');
    expect(id).toBe(deriveRunId(REPOSITORY, NOON, 'comment 5 line 1 model flight-delay'));
    // Known since the first release: an upgrade in the middle of a delivery must not make a second run of it.
    expect(id).toBe('01M6E22WG0HJ9C41NJZZW397NH');
  });

  test('sorts by the time of the request', () => {
    const key = fc.string({ maxLength: 40 });
    fc.assert(
      fc.property(key, key, (one, two) => {
        const [first, second] = [deriveRunId(REPOSITORY, NOON, one), deriveRunId(REPOSITORY, LATER, two)];
        return RunId.safeParse(first).success && first < second;
      }),
    );
  });

  test('differs by request and repository', () => {
    const other = RepositoryName.parse('acme/other');
    const ids = [
      deriveRunId(REPOSITORY, NOON, 'comment 5 line 1 model a'),
      deriveRunId(REPOSITORY, NOON, 'comment 5 line 1 model b'),
      deriveRunId(REPOSITORY, NOON, 'comment 5 line 2 model a'),
      deriveRunId(other, NOON, 'comment 5 line 1 model a'),
    ];
    expect(new Set(ids).size).toBe(4);
  });
});

describe('the draft of a run', () => {
  const draft = (config: string, tree = treeOf(), policy = policyOf(), trust: 'member' | 'fork' = 'member') => {
    const model = at(policy, configOf(config), tree);
    const by = {
      run: deriveRunId(REPOSITORY, NOON, 'x'),
      repository: REPOSITORY,
      commit: gitId('head'),
      origin: { kind: 'branch', branch: 'main' },
      requestedBy: 'ada',
      trust,
      policyChange: false,
    } as const;
    return draftRun(policy, model satisfies KnownModel, runRequest(model.effective, {}), by);
  };

  test('names the model, what it is trained from and the policy that it is under', () => {
    const made = draft(CONFIG_TEXT);
    expect(made).toMatchObject({
      model: MODEL,
      commit: gitId('head'),
      order: { commit: gitId('head'), command: 'python train.py', timeout: 7200, setup: 'requirements.lock' },
      policy: { commit: policyOf().commit },
    });
    expect(made.order.source).toBe(made.fingerprint.source);
  });

  test('has another source, and the policy of before, where an input differs', () => {
    const [before, after] = [draft(CONFIG_TEXT), draft(CONFIG_TEXT, treeOf({ 'models/flight-delay/train.py': 'new' }))];
    expect(after.fingerprint.source).not.toBe(before.fingerprint.source);
    expect(after.fingerprint.request).toBe(before.fingerprint.request);
    expect(after.policy.digest).toBe(before.policy.digest);
  });

  test('takes time limit and gates from the policy, whatever the head says of them', () => {
    const greedy = changedText(['timeout: 2h', 'timeout: 20h'], ['min: 0.7', 'min: 0.1']);
    const made = draft(greedy);
    expect(made.order.timeout).toBe(7200);
    expect(made.policy.digest).toBe(draft(CONFIG_TEXT).policy.digest);
  });

  test('is of no model whose data can’t be read from where it lies, whoever asked', () => {
    const moved = changedText(['path: data/flights.csv, ', 'path: data/flights.csv, location: "s3://mallory/f", ']);
    expect(() => draft(moved)).toThrow(/can't be trained: dataset flights: .*policy\.locations/);
  });

  describe('with data at a location', () => {
    const pinned = `location: "s3://team/f.csv", sha256: ${'a'.repeat(64)}, `;
    const config = changedText(['path: data/flights.csv, ', `path: big/flights.csv, ${pinned}`]);
    const policy = policyOf(
      configOf(changedText(['policy:', 'policy:\n  locations: ["s3://team/"]\n  runners: { fork: fork-runner }'])),
    );

    test('names the place, its pin, and the prefixes of policy', () => {
      expect(draft(config, treeOf(), policy).order).toMatchObject({
        data: { flights: { path: 'big/flights.csv', at: { location: 's3://team/f.csv', sha256: 'a'.repeat(64) } } },
        locations: ['s3://team/'],
      });
    });

    test('names the query of the default branch, and none that no dataset names or that the head has', () => {
      const named = (query: string): string =>
        `policy:\n  queries: { flights: { at: snowflake, account: a, query: ${query} }, more: { at: snowflake, account: a, query: SELECT 2 } }`;
      const asking: readonly [string, string] = [
        'path: data/flights.csv, ',
        `path: big/flights.jsonl, location: "query:flights", sha256: ${'a'.repeat(64)}, `,
      ];
      const base = policyOf(configOf(changedText(['policy:', named('SELECT 1')])));
      const head = changedText(asking, ['policy:', named('SELECT secrets FROM everywhere')]);
      const { order } = draft(head, treeOf(), base);
      expect(order.queries).toEqual({ flights: { at: 'snowflake', account: 'a', query: 'SELECT 1' } });
      expect(() => draft(head, treeOf(), policyOf(configOf(CONFIG_TEXT)))).toThrow(/expected one of policy\.queries/);
    });

    test('is none without a pin', () => {
      expect(() => draft(config.replace(/sha256: a+, /, ''), treeOf(), policy)).toThrow(/is not pinned/);
    });

    test('is none of a fork, for which an order names no prefix at all', () => {
      expect(() => draft(config, treeOf(), policy, 'fork')).toThrow(/nothing is fetched for a fork/);
      expect(draft(CONFIG_TEXT, treeOf(), policy, 'fork').order.locations).toBeUndefined();
      expect(draft(CONFIG_TEXT, treeOf(), policy).order.locations).toEqual(['s3://team/']);
    });
  });

  test('is under another policy where the default branch has another evaluator', () => {
    const policy = policyOf(configOf(CONFIG_TEXT), treeOf({ 'eval/evaluate.py': 'stricter' }));
    expect(draft(CONFIG_TEXT, treeOf(), policy).policy.digest).not.toBe(draft(CONFIG_TEXT).policy.digest);
  });
});
