import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../core/config/parse.ts';
import { Explanation } from '../../../core/explain/answer.ts';
import { explain, type Rehearsal } from '../../../core/explain/explain.ts';
import { PrFile } from '../../../core/explain/pr-file.ts';
import { hostile } from '../commands/arbitraries.ts';
import { CONFIG_TEXT, changedText, NOW } from '../samples.ts';

const HEAD = '5f3ce2a0c1d94b7e8f6a7b8c9d0e1f2a3b4c5d6e';
const base = parseConfig(CONFIG_TEXT);

/** All that a pull request's file can say, of one that may train. */
const FACTS = {
  now: NOW,
  state: 'open',
  author: 'ben',
  head: { sha: HEAD },
  base: { ref: 'main' },
  fork: false,
  sightings: [{ sha: HEAD, at: '2026-11-02T09:00:00Z', sender: 'ben' }],
  reviews: [],
  files: { changed: ['models/flight-delay/train.py'], complete: true },
  checks: [],
  plan: { affected: ['flight-delay'] },
  ledger: {},
  runs: [],
};

const without = (...keys: string[]): PrFile =>
  PrFile.parse(Object.fromEntries(Object.entries(FACTS).filter(([key]) => !keys.includes(key))));

function rehearse(body: string, rest: Partial<Rehearsal> = {}): Explanation {
  return explain({
    body,
    user: 'ada',
    userId: null,
    bot: false,
    actor: { role: 'write', teams: [] },
    base,
    head: base,
    pr: PrFile.parse(FACTS),
    now: NOW,
    ...rest,
  });
}

const reasonsOf = ({ commands }: Explanation): string[] => commands.map(({ reason }) => reason);

test('a command that is carried out says by which grant, at which commit, and what is done', () => {
  expect(rehearse('/train')).toMatchObject({
    assumed: false,
    missing: [],
    verdict: 'allowed',
    commands: [{ verdict: 'allowed', command: 'train', means: '/train', granted_by: 'write', sha: HEAD }],
  });
});

test('lines are decided one by one, and one that is refused makes the whole refused', () => {
  const explanation = rehearse('Please\n/train\n/trian\n/lgtm\n/train --set epochs=0');
  expect(explanation.verdict).toBe('refused');
  expect(explanation.commands.map(({ line, reason }) => [line, reason])).toEqual([
    [2, 'allowed'],
    [3, 'unknown_command'],
    [5, 'bad_param'],
  ]);
});

test('text without a command has no verdict', () => {
  expect(rehearse('looks good\n> /train')).toMatchObject({ verdict: 'none', commands: [] });
});

describe('without a pull request', () => {
  const assumed = (body: string, rest: Partial<Rehearsal> = {}) => rehearse(body, { pr: null, ...rest });

  test('a typical one is assumed, and it is said', () => {
    expect(assumed('/train')).toMatchObject({ assumed: true, missing: [], verdict: 'allowed' });
  });

  test('what policy asks of reviews is not assumed', () => {
    const asking = parseConfig(changedText(['policy:', 'policy:\n  require: { train: { approvals: { count: 1 } } }']));
    expect(reasonsOf(assumed('/train', { base: asking, head: asking }))).toEqual(['approvals_missing']);
  });

  test('a config that nobody can use refuses everything that policy decides', () => {
    const broken = parseConfig('version: 2');
    expect(reasonsOf(assumed('/train\n/hold', { base: broken, head: broken }))).toEqual([
      'policy_unreadable',
      'policy_unreadable',
    ]);
  });

  test('a head whose config nobody can use trains nothing', () => {
    expect(reasonsOf(assumed('/train', { head: parseConfig('version: 2') }))).toEqual(['plan_incomplete']);
  });
});

describe('fails closed: /train is refused when the file lacks', () => {
  test.each(['state', 'author', 'head', 'base', 'sightings', 'plan', 'ledger', 'runs'])('%s', (key) => {
    const explanation = rehearse('/train', { pr: without(key) });
    expect(reasonsOf(explanation)).toEqual(['facts_unavailable']);
    expect(explanation.missing).toEqual([key]);
    expect(explanation.commands[0]?.message).toContain(`--pr does not say ${key}`);
  });

  test('fork, where no repository of the head tells it', () => {
    const explanation = rehearse('/train', { pr: without('fork') });
    expect(explanation).toMatchObject({ verdict: 'refused', missing: ['fork or head.repository'] });
  });

  test('reviews, where policy asks for approvals', () => {
    const asking = parseConfig(changedText(['policy:', 'policy:\n  require: { train: { approvals: { count: 1 } } }']));
    const explanation = rehearse('/train', { base: asking, head: asking, pr: without('reviews') });
    expect(explanation).toMatchObject({ verdict: 'refused', missing: ['reviews'] });
  });

  test.each(['pull', 'sightings', 'plan', 'ledger', 'runs', 'actor'] as const)(
    'nothing, but GitHub does not answer for %s',
    (name) => {
      const explanation = rehearse('/train', { pr: PrFile.parse({ ...FACTS, unavailable: [name] }) });
      expect(reasonsOf(explanation)).toEqual(['facts_unavailable']);
      expect(explanation.missing).toEqual([]);
    },
  );
});

describe('the facts of the file are looked at:', () => {
  const fork = { fork: true, head: { sha: HEAD, repository: 'eve/flights' } };
  const lock = { locks: [{ kind: 'model', name: 'flight-delay', owner: 'cleo' }] };
  const past = { kind: 'model', name: 'flight-delay', owner: 'cleo', expires_at: '2026-11-02T09:59:59Z' };
  const run = {
    run: '01J9ZQ3X8M4V6T2B7C5D1E0F9G',
    model: 'flight-delay',
    pull_request: 1,
    commit: HEAD,
    requested_by: 'ben',
    accepted_at: '2026-11-02T09:30:00Z',
    state: 'training',
  };
  test.each<[string, object, string, string]>([
    ['a closed pull request', { state: 'closed' }, '/train', 'pull_request_closed'],
    ['a merged one', { merged: true }, '/train', 'pull_request_closed'],
    ['a fork', fork, '/train', 'fork_denied'],
    ['a fork by its repository', { fork: undefined, head: fork.head }, '/train', 'fork_denied'],
    [
      'a repository in other letters, which is the same',
      { fork: undefined, repository: 'Acme/Flights', head: { sha: HEAD, repository: 'acme/flights' } },
      '/train',
      'allowed',
    ],
    ['no sighting', { sightings: [] }, '/train', 'head_not_sighted'],
    [
      'a fresh push',
      { sightings: [{ sha: HEAD, at: '2026-11-02T09:59:30Z', sender: 'ben' }] },
      '/train',
      'head_too_fresh',
    ],
    [
      'a sighting of another repository',
      { sightings: [{ ...FACTS.sightings[0], head_repository: 'eve/x' }] },
      '/train',
      'head_not_sighted',
    ],
    ['a ledger that was rewound', { ledger: { trusted: false } }, '/train', 'ledger_untrusted'],
    ['a lock', { ledger: lock }, '/train', 'locked'],
    ['a lock that has run out', { ledger: { locks: [past] } }, '/train', 'allowed'],
    ['a hold', { ledger: { hold: { owner: 'cleo' } } }, '/unhold', 'others_lock'],
    ['a plan that affects nothing', { plan: { affected: [] } }, '/train', 'nothing_to_train'],
    ['a plan with problems', { plan: { affected: [], problems: ['cut'] } }, '/train', 'plan_incomplete'],
    ['runs in progress', { runs: [run] }, '/cancel all', 'allowed'],
    ['as many runs as policy allows', { runs: [run, run, run, run] }, '/train', 'concurrency_reached'],
    ['an earlier run', { earlier: { 'flight-delay': { run: run.run, state: 'kept' } } }, '/train', 'reused'],
    [
      'a data check that failed',
      { checks: [{ name: 'trainyard / data: flights', conclusion: 'failure' }] },
      '/retry all',
      'allowed',
    ],
    ['a data check that runs', { checks: [{ name: 'trainyard / data: flights' }] }, '/retry all', 'nothing_to_retry'],
    ['an edited comment', { comment: { edited: true } }, '/train', 'comment_edited'],
    ['a review', { comment: { kind: 'review' } }, '/train', 'review_not_read'],
    ['a review thread', { comment: { kind: 'review_thread' } }, '/train', 'review_not_read'],
    ['an issue', { comment: { kind: 'issue' } }, '/train', 'not_a_pull_request'],
  ])('%s', (_, facts, body, reason) => {
    expect(reasonsOf(rehearse(body, { pr: PrFile.parse({ ...FACTS, ...facts }) }))).toEqual([reason]);
  });

  test.each<[string, Partial<Rehearsal>, string]>([
    ['no role', { actor: { role: 'none', teams: [] } }, 'not_permitted'],
    ['the role triage', { actor: { role: 'triage', teams: [] } }, 'not_permitted'],
    ['the role admin', { actor: { role: 'admin', teams: [] } }, 'allowed'],
    ['an account of the type Bot', { bot: true, user: 'ci[bot]' }, 'comment_by_bot'],
    ['a person named like a bot', { user: 'ci[bot]' }, 'comment_by_bot'],
    ['Trainyard itself', { bot: true, user: 'trainyard[bot]' }, 'own_comment'],
  ])('and so is the author: %s', (_, rest, reason) => {
    expect(reasonsOf(rehearse('/train', rest))).toEqual([reason]);
  });
});

describe('on a closed pull request', () => {
  const ledger = { models: { 'flight-delay': { versions: ['1.0.0'], stages: { staging: ['1.0.0'] } } } };
  const pr = PrFile.parse({ ...FACTS, state: 'closed', ledger });
  const admin: Partial<Rehearsal> = { pr, actor: { role: 'admin', teams: [] } };

  test.each([
    '/train',
    '/validate',
    '/evaluate',
    '/retry',
    '/hold',
    '/lock staging',
    '/override roc_auc x',
    `/ok-to-train ${HEAD}`,
  ])('%s is refused', (body) => {
    expect(reasonsOf(rehearse(body, admin))).toEqual(['pull_request_closed']);
  });

  test.each([
    ['/promote flight-delay to production', 'allowed'],
    ['/rollback flight-delay staging', 'no_earlier_version'],
    ['/cancel all', 'nothing_to_cancel'],
    ['/unhold', 'not_held'],
    ['/unlock staging', 'not_locked'],
    ['/status', 'allowed'],
    ['/help', 'allowed'],
  ])('%s is decided as always', (body, reason) => {
    expect(reasonsOf(rehearse(body, admin))).toEqual([reason]);
  });
});

describe('approvals are read in both spellings of GitHub:', () => {
  const asking = parseConfig(changedText(['policy:', 'policy:\n  require: { train: { approvals: { count: 1 } } }']));
  const review = { user: 'cleo', commit_id: HEAD, submitted_at: '2026-11-02T09:10:00Z', role: 'write' };
  test.each<[string, object, string]>([
    ['APPROVED', { ...review, state: 'APPROVED' }, 'allowed'],
    ['approved', { ...review, state: 'approved' }, 'allowed'],
    ['CHANGES_REQUESTED', { ...review, state: 'CHANGES_REQUESTED' }, 'approvals_missing'],
    ['DISMISSED', { ...review, state: 'DISMISSED' }, 'approvals_missing'],
    ['APPROVED by nobody known', { ...review, role: undefined, state: 'APPROVED' }, 'approvals_missing'],
    ['APPROVED without its commit', { ...review, commit_id: undefined, state: 'APPROVED' }, 'approvals_missing'],
    ['APPROVED by the author', { ...review, user: 'ben', state: 'APPROVED' }, 'approvals_missing'],
  ])('%s', (_, one, reason) => {
    const pr = PrFile.parse({ ...FACTS, reviews: [one] });
    expect(reasonsOf(rehearse('/train', { base: asking, head: asking, pr }))).toEqual([reason]);
  });
});

test('a request for changes of somebody whose role is not told blocks, whoever else approves', () => {
  const asking = parseConfig(changedText(['policy:', 'policy:\n  require: { train: { approvals: { count: 1 } } }']));
  const review = { commit_id: HEAD, submitted_at: '2026-11-02T09:10:00Z' };
  const reviews = [
    { ...review, user: 'cleo', state: 'APPROVED', role: 'write' },
    { ...review, user: 'dan', state: 'CHANGES_REQUESTED' },
  ];
  const pr = PrFile.parse({ ...FACTS, reviews });
  expect(reasonsOf(rehearse('/train', { base: asking, head: asking, pr }))).toEqual(['approvals_missing']);
});

describe('the author of the comment', () => {
  const named = parseConfig(changedText(['policy:', 'policy:\n  commands: { train: "user:ada#42" }']));
  const as = (comment: object, rest: Partial<Rehearsal> = {}): string[] =>
    reasonsOf(rehearse('/train', { base: named, user: null, pr: PrFile.parse({ ...FACTS, comment }), ...rest }));
  test.each<[string, object, Partial<Rehearsal>, string]>([
    ['is read from the file', { author: 'ada', author_id: 42 }, {}, 'allowed'],
    ['of another id is another', { author: 'ada', author_id: 43 }, {}, 'not_permitted'],
    ['that the call names has no id of the file', { author: 'ada', author_id: 42 }, { user: 'ada' }, 'not_permitted'],
    ['may be a bot', { author: 'ada', author_id: 42, author_type: 'Bot' }, {}, 'comment_by_bot'],
  ])('%s', (_, comment, rest, reason) => {
    expect(as(comment, rest)).toEqual([reason]);
  });
});

test('a difference of policy between the two configs is seen', () => {
  const head = parseConfig(changedText(['min: 0.7', 'min: 0.6']));
  const [line] = rehearse('/override roc_auc why not', { head }).commands;
  expect(line?.verdict).toBe('refused');
});

test('whatever is typed and said, the answer has the published form, and never throws', () => {
  const facts = fc.subarray(Object.keys(FACTS)).map((keys) => without(...keys));
  const role = fc.constantFrom('none', 'read', 'write', 'admin');
  fc.assert(
    fc.property(hostile, fc.option(facts), role, (body, pr, of) => {
      const explanation = rehearse(body, { pr, actor: { role: of, teams: [] } });
      expect(Explanation.parse(JSON.parse(JSON.stringify(explanation)))).toEqual(explanation);
    }),
    { numRuns: 150 },
  );
});
