import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PrFile } from '../../../core/explain/pr-file.ts';
import { readPrFile } from '../../../core/explain/read-pr-file.ts';

const SHA = '5f3ce2a0c1d94b7e8f6a7b8c9d0e1f2a3b4c5d6e';
const AT = '2026-11-02T09:00:00Z';

function read(value: unknown): PrFile {
  const file = readPrFile(JSON.parse(JSON.stringify(value)));
  if (!file.ok) throw new Error(file.problems.join('\n'));
  return file.pr;
}

function problems(value: unknown): readonly string[] {
  const file = readPrFile(value);
  return file.ok ? [] : file.problems;
}

const ben = { login: 'ben', id: 7, node_id: 'x', type: 'User', site_admin: false };
const flights = { id: 1, full_name: 'acme/flights', fork: false, default_branch: 'trunk' };

/** As `GET /repos/{owner}/{repo}/pulls/{number}` answers, shortened where nothing new would be read. */
const PULL = {
  url: 'https://api.github.com/repos/acme/flights/pulls/7',
  id: 1,
  node_id: 'x',
  number: 7,
  state: 'open',
  locked: false,
  title: '/train',
  user: ben,
  body: null,
  created_at: AT,
  updated_at: AT,
  closed_at: null,
  merged_at: null,
  merge_commit_sha: null,
  assignees: [],
  labels: [{ id: 3, name: 'gpu', color: 'ffffff', default: false, description: null }],
  milestone: null,
  draft: false,
  head: { label: 'acme:more', ref: 'more', sha: SHA, user: ben, repo: flights },
  base: { label: 'acme:trunk', ref: 'trunk', sha: 'b'.repeat(40), user: ben, repo: flights },
  _links: {},
  author_association: 'OWNER',
  merged: false,
  mergeable: null,
  changed_files: 2,
};

describe('what GitHub answers for a pull request can be put into the file as it is:', () => {
  test('repository, default branch, author, head, base and labels are found', () => {
    expect(read(PULL)).toMatchObject({
      repository: 'acme/flights',
      default_branch: 'trunk',
      number: 7,
      state: 'open',
      merged: false,
      author: 'ben',
      head: { sha: SHA, ref: 'more', repository: 'acme/flights' },
      base: { ref: 'trunk' },
      labels: ['gpu'],
    });
  });

  test.each<[string, object, object]>([
    ['so is one that is said to have none', { head: { sha: SHA, repository: null } }, { fork: true }],
    ['a head whose repository is gone is a fork', { head: { ...PULL.head, repo: null } }, { fork: true }],
    [
      'one that was merged is',
      { state: 'closed', merged: undefined, merged_at: AT },
      { state: 'closed', merged: true },
    ],
    ['a state in capitals is read', { state: 'CLOSED' }, { state: 'closed' }],
    ['MERGED is closed and merged', { state: 'MERGED', merged: undefined }, { state: 'closed', merged: true }],
    ['an author as an account is read', { user: undefined, author: { login: 'ben' } }, { author: 'ben' }],
    ['a repository as a delivery has it is read', { repository: flights }, { repository: 'acme/flights' }],
    ['labels by name stay as they are', { labels: ['gpu', { name: 'x' }] }, { labels: ['gpu', 'x'] }],
  ])('%s', (_, change, expected) => {
    expect(read({ ...PULL, ...change })).toMatchObject(expected);
  });

  test.each<[string, object, object | undefined]>([
    [
      'an account',
      { user: { login: 'ci[bot]', type: 'Bot' }, state: 'APPROVED', submitted_at: AT },
      { user: 'ci[bot]', user_type: 'Bot' },
    ],
    ['an account that is gone', { user: null, state: 'APPROVED', submitted_at: AT }, { user: 'ghost' }],
    [
      'the keys that nobody reads',
      {
        id: 80,
        node_id: 'x',
        user: ben,
        body: 'x',
        state: 'Approved',
        html_url: 'x',
        submitted_at: AT,
        commit_id: SHA,
      },
      { user: 'ben', state: 'APPROVED', commit_id: SHA },
    ],
    [
      'a role and teams as GitHub names them',
      { user: 'ben', state: 'approved', submitted_at: AT, role_name: 'write', teams: [{ slug: 'ml', name: 'ML' }] },
      { role: 'write', teams: ['ml'] },
    ],
  ])('a review with %s', (_, review, expected) => {
    expect(read({ reviews: [review] }).reviews?.[0]).toMatchObject(expected ?? {});
  });

  test.each<[string, object, object]>([
    ['an edited one', { id: 9, user: ben, created_at: AT, updated_at: '2026-11-02T09:00:05Z' }, { edited: true }],
    ['one that was left', { id: 9, user: ben, created_at: AT, updated_at: AT, body: 'x' }, { edited: false }],
    ['its author', { user: ben }, { author: 'ben', author_id: 7, author_type: 'User' }],
    ['a mannequin', { user: { login: 'm', type: 'Mannequin' } }, { author_type: 'Other' }],
  ])('a comment: %s', (_, comment, expected) => {
    expect(read({ comment }).comment).toMatchObject(expected);
  });

  test.each<[string, object, object]>([
    ['opened', { action: 'opened' }, { at: AT, sender: 'ben', event: 'head' }],
    ['synchronize', { action: 'synchronize' }, { event: 'head' }],
    ['reopened', { action: 'reopened' }, { event: 'reopened' }],
    ['edited', { action: 'edited' }, { event: 'base' }],
  ])('a sighting by %s', (_, change, expected) => {
    const [sighting] = read({ sightings: [{ sha: SHA, updated_at: AT, sender: ben, ...change }] }).sightings ?? [];
    expect(sighting).toMatchObject(expected);
  });

  test.each<[string, number | undefined, boolean]>([
    ['complete where GitHub counts as many', 2, true],
    ['cut where GitHub counts more', 31, false],
    ['cut where nobody has counted', undefined, false],
  ])('a list of files is %s', (_, changed_files, complete) => {
    const files = [
      { filename: 'a', status: 'modified' },
      { filename: 'b', status: 'renamed', previous_filename: 'c' },
    ];
    expect(read({ changed_files, files }).files).toMatchObject({ changed: ['a', 'b', 'c'], complete });
  });

  test('a list of check runs', () => {
    const run = { id: 4, name: 'trainyard / data: flights', status: 'completed', conclusion: 'failure', head_sha: SHA };
    const checks = [{ name: 'trainyard / data: flights', conclusion: 'failure' }];
    expect(read({ checks: { total_count: 1, check_runs: [run] } }).checks).toEqual(checks);
    expect(read({ checks: [run] }).checks).toEqual(checks);
  });
});

describe('what cannot be used is refused with its place:', () => {
  test.each<[string, unknown, string]>([
    ['a mistyped key', { staet: 'open' }, 'staet: unknown key "staet"; did you mean "state"?'],
    [
      'a mistyped key further down',
      { reviews: [{ user: 'a', state: 'APPROVED', submited_at: AT, submitted_at: AT }] },
      'reviews[0].submited_at: unknown key "submited_at"; did you mean "submitted_at"?',
    ],
    ['a key of nobody’s', { base: { ref: 'main', zzz: 1 } }, 'base.zzz: unknown key "zzz"; expected one of ref'],
    ['a type', { number: '7' }, 'number: expected a number, got "7"'],
    ['what is missing', { head: {} }, 'head.sha: "sha" is missing: expected text'],
    ['a short commit', { head: { sha: '5f3ce2a' } }, 'head.sha: expected a full git object id, got "5f3ce2a"'],
    [
      'a time of another zone',
      { now: '2026-11-02T10:00:00+01:00' },
      'now: expected a time in UTC such as 2026-11-02T12:00:00Z, got "2026-11-02T10:00:00+01:00"',
    ],
    ['a state', { state: 'opne' }, 'state: expected open or closed, got "opne"; did you mean "open"?'],
    [
      'a fork that is said to be none',
      { fork: false, repository: 'acme/flights', head: { sha: SHA, repository: 'eve/flights' } },
      'fork: expected true, since head.repository is eve/flights and repository is acme/flights, got false',
    ],
    ['two authors', { author: 'ada', user: ben }, 'user: unknown key "user"'],
    ['an event that shows no head', { sightings: [{ sha: SHA, at: AT, sender: 'b', action: 'labeled' }] }, 'action'],
    ['a list', [], 'expected keys and values, got an empty list'],
    ['nothing', null, 'expected keys and values, got nothing'],
  ])('%s', (_, value, message) => {
    expect(problems(value).join('\n')).toContain(message);
  });
});

test('whatever stands there, it is read or refused in words', () => {
  const keys = fc.constantFrom(...Object.keys(PULL), 'reviews', 'sightings', 'comment', 'files', 'checks', '__proto__');
  fc.assert(
    fc.property(fc.dictionary(keys, fc.jsonValue()), (value) => {
      const file = readPrFile(value);
      expect(file.ok || file.problems.length > 0).toBe(true);
    }),
    { numRuns: 300 },
  );
});
