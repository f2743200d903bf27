import { describe, expect, test } from 'vitest';
import { answerTo, type Change, HEAD, OLD_HEAD, run, type Situation } from '../samples.ts';

type Row = [sentence: string, text: string, situation: Situation, reason: string];

describe('ledger, locks and holds', () => {
  const lock = (change: object) => ({
    kind: 'model',
    name: 'flight-delay',
    owner: 'ada',
    reason: 'relabelling',
    pullRequest: 9,
    expiresAt: null,
    ...change,
  });
  test.each<Row>([
    [
      'a ledger that cannot be trusted',
      '/train',
      { facts: { ledger: { trusted: false, problem: 'rewound' } } },
      'ledger_untrusted',
    ],
    ['the model locked by somebody else', '/train', { facts: { ledger: { locks: [lock({})] } } }, 'locked'],
    ['the model locked by oneself', '/train', { facts: { ledger: { locks: [lock({ owner: 'Ben' })] } } }, 'allowed'],
    [
      'the lock has run out',
      '/train',
      { facts: { ledger: { locks: [lock({ expiresAt: '2026-11-04T10:10:00Z' })] } } },
      'allowed',
    ],
    [
      'the lock runs a second more',
      '/train',
      { facts: { ledger: { locks: [lock({ expiresAt: '2026-11-04T10:10:01Z' })] } } },
      'locked',
    ],
    ['another model locked', '/train', { facts: { ledger: { locks: [lock({ name: 'delay-cause' })] } } }, 'allowed'],
    [
      'one of two named models locked',
      '/train flight-delay delay-cause',
      { facts: { ledger: { locks: [lock({ name: 'delay-cause' })] } } },
      'locked',
    ],
    [
      'a stage locked that is called like the model',
      '/train',
      { facts: { ledger: { locks: [lock({ kind: 'stage' })] } } },
      'allowed',
    ],
    [
      'a hold, which blocks promotion and not training',
      '/train',
      { facts: { ledger: { hold: { owner: 'ada', reason: '', expiresAt: null } } } },
      'allowed',
    ],
    [
      'a model whose promotion is frozen, which may train',
      '/train',
      { facts: { ledger: { models: { 'flight-delay': { frozen: 'tag moved' } } } } },
      'allowed',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });
});

describe('what else policy asks for', () => {
  const require = { policy: { require: { train: { approvals: { count: 1 }, labels: ['gpu ok'] } } } };
  const review = (change: object = {}) => ({
    user: 'cy',
    state: 'approved',
    commit: HEAD,
    at: '2026-11-04T10:02:00Z',
    role: 'write',
    ...change,
  });
  const withBoth = (change: object = {}): Situation => ({
    ...require,
    facts: { pull: { labels: ['gpu ok'] }, reviews: [review(change)] },
  });
  const owners = { policy: { require: { train: { approvals: { code_owners: true } } } } };
  test.each<Row>([
    ['neither label nor approval', '/train', require, 'label_missing'],
    [
      'the label without the approval',
      '/train',
      { ...require, facts: { pull: { labels: ['gpu ok'] } } },
      'approvals_missing',
    ],
    ['both', '/train', withBoth(), 'allowed'],
    ['an approval of an older commit', '/train', withBoth({ commit: OLD_HEAD }), 'approvals_missing'],
    ['an approval by the author', '/train', withBoth({ user: 'ada' }), 'approvals_missing'],
    ['an approval by a reader', '/train', withBoth({ role: 'read' }), 'approvals_missing'],
    ['an approval by a bot', '/train', withBoth({ user: 'ok[bot]', userType: 'Bot' }), 'approvals_missing'],
    ['a dismissed approval', '/train', withBoth({ state: 'dismissed' }), 'approvals_missing'],
    [
      'an approval by who pushed the head',
      '/train',
      {
        ...withBoth(),
        facts: {
          ...withBoth().facts,
          sightings: [{ sha: HEAD, headRepository: 'acme/flights', at: '2026-11-04T10:00:00Z', sender: 'cy' }],
        },
      },
      'approvals_missing',
    ],
    [
      'an approval by who pushed the head before',
      '/train',
      {
        ...withBoth(),
        facts: {
          ...withBoth().facts,
          sightings: [
            { sha: OLD_HEAD, headRepository: 'acme/flights', at: '2026-11-04T09:00:00Z', sender: 'cy' },
            { sha: HEAD, headRepository: 'acme/flights', at: '2026-11-04T10:00:00Z', sender: 'ada' },
          ],
        },
      },
      'allowed',
    ],
    [
      'an approval by who reopened it, and did not push',
      '/train',
      {
        ...withBoth(),
        facts: {
          ...withBoth().facts,
          sightings: [
            { sha: HEAD, headRepository: 'acme/flights', at: '2026-11-04T09:00:00Z', sender: 'ada' },
            { sha: HEAD, headRepository: 'acme/flights', at: '2026-11-04T10:00:00Z', sender: 'cy' },
          ],
        },
      },
      'allowed',
    ],
    [
      'an owner of the files has not approved',
      '/train',
      {
        ...owners,
        facts: {
          reviews: [review()],
          files: { changed: ['models/flight-delay/train.py'], codeOwners: '/models/ @dee\n' },
        },
      },
      'code_owner_missing',
    ],
    [
      'an owner of the files has approved',
      '/train',
      {
        ...owners,
        facts: {
          reviews: [review({ user: 'dee' })],
          files: { changed: ['models/flight-delay/train.py'], codeOwners: '/models/ @dee\n' },
        },
      },
      'allowed',
    ],
    [
      'the list of files was cut',
      '/train',
      {
        ...owners,
        facts: {
          reviews: [review({ user: 'dee' })],
          files: { changed: [], complete: false, codeOwners: '/models/ @dee\n' },
        },
      },
      'code_owner_missing',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });
});

describe('what it may use and cost', () => {
  const gpu = {
    'flight-delay': { train: { run: 'python train.py', resources: { gpu: 'h100', gpus: 2 }, timeout: '2h' } },
  };
  const elsewhere: Situation = {
    models: {
      'flight-delay': { data: { flights: { path: 'data/flights.csv', location: 's3://elsewhere/flights.csv' } } },
    },
  };
  const priced = (budget: object, facts: Change = {}): Situation => ({
    policy: { prices: { cpu: '10 USD' }, budget },
    facts,
  });
  const machines = { 'flight-delay': { train: { run: 'python train.py', resources: { nodes: 4 } } } };
  const spent = (amount: number, change: object = {}) => run({ cost: { amount, currency: 'USD' }, ...change });
  const active = (count: number, change: object = {}) =>
    Array.from({ length: count }, (_, index) =>
      run({ run: `01J${String(index + 20).padStart(23, '0')}`, state: 'training', pullRequest: 40, ...change }),
    );
  test.each<Row>([
    ['an engine that policy does not allow', '/train --engine ray', {}, 'engine_not_allowed'],
    ['the engine that policy allows', '/train --engine runner', {}, 'allowed'],
    ['several machines of a runner', '/train', { models: machines }, 'engine_not_allowed'],
    [
      'several machines of an engine that has them',
      '/train --engine ray',
      { models: machines, policy: { engines: ['runner', 'ray'] } },
      'allowed',
    ],
    ['a GPU type that policy does not allow', '/train --gpu a100', { policy: { gpus: ['t4'] } }, 'gpu_not_allowed'],
    ['a GPU type where policy names none', '/train --gpu a100', {}, 'gpu_not_allowed'],
    ['a GPU type of the config that policy does not allow', '/train', { models: gpu }, 'gpu_not_allowed'],
    ['a GPU type of the config that policy allows', '/train', { models: gpu, policy: { gpus: ['h100'] } }, 'allowed'],
    ['data outside of the repository', '/train', elsewhere, 'location_not_allowed'],
    [
      'data outside of the repository, as a request',
      '/train flight-delay',
      { ...elsewhere, facts: { comment: { kind: 'request' }, pull: undefined } },
      'location_not_allowed',
    ],
    [
      'data outside of the repository, tried again',
      '/retry',
      { ...elsewhere, facts: { runs: [run({ state: 'failed', failedGates: [], failedAt: 'training' })] } },
      'location_not_allowed',
    ],
    ['a run within the budget', '/train', priced({ per_run: '20 USD' }), 'allowed'],
    ['a run over the budget of a run', '/train', priced({ per_run: '19.99 USD' }), 'budget_exceeded'],
    [
      'a run over what the pull request has left',
      '/train',
      priced({ per_pull_request: '100 USD' }, { runs: [spent(81)] }),
      'budget_exceeded',
    ],
    [
      'a run over what another pull request has left',
      '/train',
      priced({ per_pull_request: '100 USD' }, { runs: [spent(81, { pullRequest: 13 })] }),
      'allowed',
    ],
    [
      'a run over what its author has left this month',
      '/train',
      priced({ per_user_month: '100 USD' }, { runs: [spent(81)] }),
      'budget_exceeded',
    ],
    [
      'a run that another author’s spending leaves room for',
      '/train',
      priced({ per_user_month: '100 USD' }, { runs: [spent(81, { requestedBy: 'ada' })] }),
      'allowed',
    ],
    [
      'a run over what the month has left',
      '/train',
      priced({ per_month: '100 USD' }, { runs: [spent(81, { requestedBy: 'ada', pullRequest: 13 })] }),
      'budget_exceeded',
    ],
    [
      'spending of the month before',
      '/train',
      priced({ per_month: '100 USD' }, { runs: [spent(81, { acceptedAt: '2026-10-31T23:59:59Z' })] }),
      'allowed',
    ],
    [
      'the second of two models is over the budget',
      '/train flight-delay delay-cause',
      priced({ per_pull_request: '30 USD' }),
      'budget_exceeded',
    ],
    [
      'both of two models are within it',
      '/train flight-delay delay-cause',
      priced({ per_pull_request: '40 USD' }),
      'allowed',
    ],
    ['a budget without a price', '/train', { policy: { budget: { per_run: '20 USD' } } }, 'budget_exceeded'],
    ['a budget in another currency', '/train', priced({ per_run: '20 EUR' }), 'budget_exceeded'],
    ['one run fewer than policy allows', '/train', { facts: { runs: active(3) } }, 'allowed'],
    ['as many runs as policy allows', '/train', { facts: { runs: active(4) } }, 'concurrency_reached'],
    [
      'two models, and room for one',
      '/train flight-delay delay-cause',
      { facts: { runs: active(3) } },
      'concurrency_reached',
    ],
    ['runs that have ended', '/train', { facts: { runs: active(9, { state: 'failed' }) } }, 'allowed'],
    [
      'its own run, of a delivery that came twice',
      '/train',
      { facts: { runs: active(4, { operation: 'comment 77 line 1' }) } },
      'allowed',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });
});
