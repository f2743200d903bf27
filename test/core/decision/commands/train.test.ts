import { describe, expect, test } from 'vitest';
import { decide } from '../../../../core/decision/decide.ts';
import { modelsOf } from '../../../../core/decision/request.ts';
import type { Instant } from '../../../../core/names.ts';
import {
  allowed,
  and,
  answerTo,
  type Change,
  configWith,
  decisionOn,
  FORK,
  HEAD,
  OLD_HEAD,
  RUNS,
  refused,
  requestFor,
  run,
  type Situation,
} from '../samples.ts';

type Row = [sentence: string, text: string, situation: Situation, reason: string];

const actor = (role: string, teams: string[] = []) => ({ actor: { role, teams } });
const sighted = (...seen: [sha: string, at: string, sender: string][]): Situation => ({
  facts: {
    sightings: seen.map(([sha, at, sender]) => ({
      sha,
      headRepository: 'acme/flights',
      at: `2026-11-04T${at}Z`,
      sender,
    })),
  },
});

describe('who may train', () => {
  test.each<Row>([
    ['somebody with write', '/train', {}, 'allowed'],
    ['a maintainer', '/train', { facts: actor('maintain') }, 'allowed'],
    ['somebody with triage', '/train', { facts: actor('triage') }, 'not_permitted'],
    ['a reader', '/train', { facts: actor('read') }, 'not_permitted'],
    ['a stranger', '/train', { facts: actor('none') }, 'not_permitted'],
    [
      'a reader in the team that policy names',
      '/train',
      { facts: actor('read', ['ml']), policy: { commands: { train: 'team:ml' } } },
      'allowed',
    ],
    [
      'an admin outside of the team',
      '/train',
      { facts: actor('admin'), policy: { commands: { train: 'team:ml' } } },
      'not_permitted',
    ],
    [
      'a user named with another id: the login has changed hands',
      '/train',
      { policy: { commands: { train: 'user:ben#8' } } },
      'not_permitted',
    ],
    ['a user named with their id', '/train', { policy: { commands: { train: 'user:ben#7' } } }, 'allowed'],
    [
      'write, where the named model asks for maintain',
      '/train flight-delay',
      { policy: { commands: { train: { models: { 'flight-delay': 'maintain' } } } } },
      'not_permitted',
    ],
    [
      'write, where the affected model asks for maintain and is not named',
      '/train',
      { policy: { commands: { train: { models: { 'flight-delay': 'maintain' } } } } },
      'not_permitted',
    ],
    [
      'write, where only another model asks for maintain',
      '/train',
      { policy: { commands: { train: { models: { 'delay-cause': 'maintain' } } } } },
      'allowed',
    ],
    [
      'write, where one of two named models asks for maintain',
      '/train flight-delay delay-cause',
      { policy: { commands: { train: { models: { 'delay-cause': 'maintain' } } } } },
      'not_permitted',
    ],
    ['no config on the default branch', '/train', { base: { kind: 'absent' } }, 'no_policy'],
    [
      'a config that cannot be read',
      '/train',
      { base: { kind: 'unreadable', problems: ['line 3: bad'] } },
      'policy_unreadable',
    ],
    ['a signing key that policy does not name', '/train', { signerNamed: false }, 'signing_key_unknown'],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });
});

describe('on which pull request', () => {
  test.each<Row>([
    ['a closed one', '/train', { facts: { pull: { state: 'closed' } } }, 'pull_request_closed'],
    ['a merged one', '/train', { facts: { pull: { state: 'closed', merged: true } } }, 'pull_request_closed'],
    [
      'one that calls itself open and is merged',
      '/train',
      { facts: { pull: { merged: true } } },
      'pull_request_closed',
    ],
    [
      'one into another branch, which promotes nothing',
      '/train',
      { facts: { pull: { base: { ref: 'release' } } } },
      'allowed',
    ],
    ['a fork, where policy says nothing', '/train', { facts: FORK.facts }, 'fork_denied'],
    [
      'a fork, where policy denies forks',
      '/train',
      { ...FORK, policy: { ...FORK.policy, forks: 'deny' } },
      'fork_denied',
    ],
    [
      'a fork, where policy names no runner for forks',
      '/train',
      { ...FORK, policy: { forks: 'ok-to-train' } },
      'fork_denied',
    ],
    ['a fork, where there is no App', '/train', and(FORK, { app: false }), 'fork_denied'],
    ['a fork without approval', '/train', and(FORK, { ledger: { okToTrain: [] } }), 'fork_not_approved'],
    [
      'a fork whose earlier head was approved',
      '/train',
      and(FORK, { ledger: { okToTrain: [OLD_HEAD] } }),
      'fork_not_approved',
    ],
    ['a fork whose very head was approved', '/train', FORK, 'allowed'],
    ['a fork whose head was approved, by a reader', '/train', and(FORK, { actor: { role: 'read' } }), 'not_permitted'],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('a fork trains on the runners for forks alone', () => {
    const { action } = allowed('/train --gpu a100', {
      ...FORK,
      policy: { ...FORK.policy, gpus: ['a100'], runners: { fork: 'fork-runner', gpus: { a100: 'gpu-runner' } } },
    });
    expect(action).toMatchObject({ trainings: [{ runner: ['fork-runner'], trust: 'fork' }] });
  });
});

describe('which commit', () => {
  test.each<Row>([
    ['a head that somebody else pushed a minute before', '/train', sighted([HEAD, '10:08:58', 'ada']), 'allowed'],
    ['a head that somebody else pushed 59 s before', '/train', sighted([HEAD, '10:08:59', 'ada']), 'head_too_fresh'],
    ['a head that the commenter pushed a second before', '/train', sighted([HEAD, '10:09:57', 'ben']), 'allowed'],
    ['a head that came after the comment', '/train', sighted([HEAD, '10:09:59', 'ada']), 'head_moved'],
    ['a head that no delivery has shown', '/train', sighted([OLD_HEAD, '10:00:00', 'ada']), 'head_not_sighted'],
    [
      'the head, named whole though no delivery has shown it',
      `/train @${HEAD}`,
      sighted([OLD_HEAD, '10:00:00', 'ada']),
      'allowed',
    ],
    [
      'the head, abbreviated though no delivery has shown it',
      `/train @${HEAD.slice(0, 12)}`,
      sighted([OLD_HEAD, '10:00:00', 'ada']),
      'sha_not_sighted',
    ],
    [
      'the head, named while it is fresh',
      `/train @${HEAD.slice(0, 12)}`,
      sighted([HEAD, '10:09:57', 'ada']),
      'allowed',
    ],
    ['an earlier head, named', `/train @${OLD_HEAD}`, {}, 'head_moved'],
    ['a commit that was never a head', `/train @${'c'.repeat(40)}`, {}, 'sha_not_sighted'],
    [
      'a commit that two heads begin with',
      '/train @aaaaaaa',
      sighted([HEAD, '10:00:00', 'ada'], [`${'a'.repeat(39)}2`, '09:00:00', 'ada']),
      'ambiguous_sha',
    ],
    [
      'the whole head named, after its repository was renamed',
      `/train @${HEAD}`,
      { facts: { pull: { head: { sha: HEAD, repository: 'acme/other' } } } },
      'allowed',
    ],
    [
      'the head as another pull request’s sightings show it',
      '/train',
      {
        facts: {
          sightings: [
            { pullRequest: 13, sha: HEAD, headRepository: 'acme/flights', at: '2026-11-04T10:00:00Z', sender: 'ada' },
          ],
        },
      },
      'head_not_sighted',
    ],
    [
      'a head of another repository than now',
      '/train',
      { facts: { pull: { head: { sha: HEAD, repository: 'acme/other' } } } },
      'head_not_sighted',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('the line to repeat keeps everything and names the whole head', () => {
    const { example } = refused('/train flight-delay --set epochs=20 --force', sighted([HEAD, '10:09:50', 'ada']));
    expect(example).toBe(`/train flight-delay --set epochs=20 --force @${HEAD}`);
  });

  test('a time that cannot be read binds nothing', () => {
    const request = requestFor('/train');
    // A caller that did not parse its facts.
    const comment = { ...request.facts.comment, createdAt: 'yesterday' as Instant };
    expect(decide({ ...request, facts: { ...request.facts, comment } })).toMatchObject({ reason: 'time_unreadable' });
  });
});

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

describe('what is meant', () => {
  test.each<Row>([
    ['no model affected', '/train', { facts: { plan: { affected: [] } } }, 'nothing_to_train'],
    ['no model affected, one named', '/train delay-cause', { facts: { plan: { affected: [] } } }, 'allowed'],
    ['a model that is not there', '/train flight-dely', {}, 'unknown_model'],
    ['a parameter that is not there', '/train --set epoch=3', {}, 'unknown_param'],
    ['a value out of range', '/train --set epochs=1000', {}, 'bad_param'],
    ['a value of another type', '/train --set epochs=many', {}, 'bad_param'],
    ['a value that is no choice', '/train --set solver=lbfgs', {}, 'bad_param'],
    ['a value that fits one of two models', '/train flight-delay delay-cause --set epochs=50', {}, 'bad_param'],
    ['a value that fits both', '/train flight-delay delay-cause --set epochs=15', {}, 'allowed'],
    [
      'a plan that is not complete',
      '/train',
      { facts: { plan: { problems: ['the list of files was cut'] } } },
      'plan_incomplete',
    ],
    [
      'a plan that is not complete, with the model named',
      '/train flight-delay',
      { facts: { plan: { problems: ['the list of files was cut'] } } },
      'plan_incomplete',
    ],
    [
      'a model that the head spoils',
      '/train flight-delay',
      {
        head: {
          usable: new Map(),
          invalid: new Map(
            [...modelsOf(configWith(), configWith()).usable.keys()].map((name) => [name, ['out of range']]),
          ),
        },
      },
      'plan_incomplete',
    ],
    [
      'a model that only the head has',
      '/train flight-delay',
      { head: { usable: modelsOf(null, configWith()).usable, invalid: new Map() } },
      'allowed',
    ],
    ['a run to resume that is not there', `/train --resume ${RUNS.other}`, { facts: { runs: [run()] } }, 'unknown_run'],
    [
      'a run to resume of another pull request',
      `/train --resume ${RUNS.first}`,
      { facts: { runs: [run({ pullRequest: 13, checkpointsKept: true })] } },
      'unknown_run',
    ],
    [
      'a run to resume of another model than named',
      `/train delay-cause --resume ${RUNS.first}`,
      { facts: { runs: [run({ checkpointsKept: true })] } },
      'bad_arguments',
    ],
    [
      'a run that left no checkpoints',
      `/train --resume ${RUNS.first}`,
      { facts: { runs: [run()] } },
      'checkpoints_not_kept',
    ],
    [
      'a run with checkpoints',
      `/train --resume ${RUNS.first}`,
      { facts: { runs: [run({ checkpointsKept: true })] } },
      'allowed',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('an allowed command hands on what it resolved', () => {
    const decision = allowed('/train flight-delay --set learning_rate=0.2 --gpu a100', {
      policy: {
        gpus: ['a100'],
        runners: { gpus: { a100: ['self-hosted', 'a100'] } },
        prices: { gpus: { a100: '3 USD' } },
      },
    });
    expect(decision).toMatchObject({
      sha: HEAD,
      grantedBy: 'write',
      action: {
        kind: 'train',
        trainings: [
          {
            model: { name: 'flight-delay' },
            set: { learning_rate: 0.2 },
            gpu: 'a100',
            gpus: 1,
            engine: 'runner',
            runner: ['self-hosted', 'a100'],
            hourlyPrice: { amount: 3, currency: 'USD' },
            cap: { amount: 6, currency: 'USD' },
            trust: 'member',
            resume: null,
            earlier: null,
          },
        ],
      },
      effects: [
        `flight-delay is trained from ${HEAD.slice(0, 12)} with learning_rate=0.2 on 1 × a100, for at most 6 USD.`,
      ],
    });
  });

  test('what a pull request needs to train, the default branch does not: it was reviewed on its way there', () => {
    const situation = { policy: { require: { train: { labels: ['go'] } } }, facts: { comment: { kind: 'request' } } };
    expect(answerTo('/train flight-delay', situation)).toBe('allowed');
  });

  test('a request from a terminal trains the default branch', () => {
    const decision = allowed('/train flight-delay', {
      facts: { comment: { kind: 'request' }, pull: undefined, plan: undefined },
    });
    expect(decision).toMatchObject({ sha: null, effects: ['flight-delay is trained from the default branch.'] });
  });
});

describe('what it may use and cost', () => {
  const gpu = {
    'flight-delay': { train: { run: 'python train.py', resources: { gpu: 'h100', gpus: 2 }, timeout: '2h' } },
  };
  const priced = (budget: object, facts: Change = {}): Situation => ({
    policy: { prices: { cpu: '10 USD' }, budget },
    facts,
  });
  const spent = (amount: number, change: object = {}) => run({ cost: { amount, currency: 'USD' }, ...change });
  const active = (count: number, change: object = {}) =>
    Array.from({ length: count }, (_, index) =>
      run({ run: `01J${String(index + 20).padStart(23, '0')}`, state: 'training', pullRequest: 40, ...change }),
    );
  test.each<Row>([
    ['an engine that policy does not allow', '/train --engine ray', {}, 'engine_not_allowed'],
    ['the engine that policy allows', '/train --engine runner', {}, 'allowed'],
    ['a GPU type that policy does not allow', '/train --gpu a100', { policy: { gpus: ['t4'] } }, 'gpu_not_allowed'],
    ['a GPU type where policy names none', '/train --gpu a100', {}, 'gpu_not_allowed'],
    ['a GPU type of the config that policy does not allow', '/train', { models: gpu }, 'gpu_not_allowed'],
    ['a GPU type of the config that policy allows', '/train', { models: gpu, policy: { gpus: ['h100'] } }, 'allowed'],
    [
      'data outside of the repository',
      '/train',
      {
        models: {
          'flight-delay': { data: { flights: { path: 'data/flights.csv', location: 's3://elsewhere/flights.csv' } } },
        },
      },
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

describe('what was trained before', () => {
  const kept = { 'flight-delay': { run: RUNS.first, state: 'kept' } };
  const going = { 'flight-delay': { run: RUNS.first, state: 'in_progress' } };
  test.each<Row>([
    ['is returned', '/train', { facts: { earlier: kept } }, 'reused'],
    ['is waited for while it trains', '/train', { facts: { earlier: going } }, 'in_progress'],
    ['is trained anew with --force', '/train --force', { facts: { earlier: kept } }, 'allowed'],
    ['is never shared with a fork', '/train', and(FORK, { earlier: kept }), 'allowed'],
    [
      'costs nothing, whatever the budget',
      '/train',
      { facts: { earlier: kept }, policy: { budget: { per_run: '0 USD' } } },
      'reused',
    ],
    [
      'takes no place',
      '/train',
      { facts: { earlier: kept, runs: [run({ state: 'training' })] }, policy: { concurrency: 1 } },
      'reused',
    ],
    ['says nothing of the other model', '/train flight-delay delay-cause', { facts: { earlier: kept } }, 'allowed'],
    [
      'is still refused where the model is locked',
      '/train',
      {
        facts: {
          earlier: kept,
          ledger: {
            locks: [{ kind: 'model', name: 'flight-delay', owner: 'ada', reason: '', pullRequest: 1, expiresAt: null }],
          },
        },
      },
      'locked',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('asks for earlier runs with the trainings that they are looked up by', () => {
    expect(decisionOn('/train --set epochs=20', { facts: { earlier: undefined } })).toMatchObject({
      verdict: 'needs',
      facts: ['earlier'],
      trainings: [{ model: { name: 'flight-delay' }, set: { epochs: 20 } }],
    });
  });
});
