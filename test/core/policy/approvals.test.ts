import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Facts, ReviewFact } from '../../../core/decision/facts.ts';
import { GitId } from '../../../core/names.ts';
import {
  type ApprovalFacts,
  type ApprovalRequirement,
  approvalProblem,
  reviewersAsked,
} from '../../../core/policy/approvals.ts';

const HEAD = GitId.parse('a'.repeat(40));
const OLD = GitId.parse('b'.repeat(40));
type Files = NonNullable<Facts['files']>;

let minute = 0;
/** The next review by ben, with write, of the head. */
function review(state: ReviewFact['state'], rest: Partial<ReviewFact> = {}): ReviewFact {
  minute += 1;
  const at = new Date(Date.UTC(2026, 10, 2, 10, minute)).toISOString();
  return ReviewFact.parse({ user: 'ben', state, commit: HEAD, at, role: 'write', teams: [], ...rest });
}
const yes = (rest: Partial<ReviewFact> = {}): ReviewFact => review('approved', rest);
const no = (rest: Partial<ReviewFact> = {}): ReviewFact => review('changes_requested', rest);

/** Opened by ada, head pushed by ada. */
function problem(
  reviews: readonly ReviewFact[],
  required: Partial<ApprovalRequirement> = {},
  facts: Partial<ApprovalFacts> = {},
) {
  const requirement = { count: 1, teams: [], code_owners: false, ...required };
  const all = {
    reviews,
    author: 'ada',
    lastPusher: 'ada',
    head: HEAD,
    files: null,
    repository: 'acme/flights',
    ...facts,
  };
  return approvalProblem(requirement, all);
}

describe('one approval asked for', () => {
  test.each<[string, () => readonly ReviewFact[], 'enough' | 'missing', Partial<ApprovalFacts>?]>([
    ['no review at all', () => [], 'missing'],
    ['an approval of the head by somebody with write', () => [yes()], 'enough'],
    ['by somebody with maintain', () => [yes({ role: 'maintain' })], 'enough'],
    ['by an admin', () => [yes({ role: 'admin' })], 'enough'],
    ['by somebody with triage', () => [yes({ role: 'triage' })], 'missing'],
    ['by somebody with read', () => [yes({ role: 'read' })], 'missing'],
    ['by somebody who has lost write since', () => [yes({ role: 'none' })], 'missing'],
    ['by somebody whose role is not known', () => [yes({ role: undefined })], 'missing'],
    ['by the author', () => [yes({ user: 'ada' })], 'missing'],
    ['by the author, written otherwise', () => [yes({ user: 'Ada' })], 'missing'],
    ['by the author, who is an admin', () => [yes({ user: 'ada', role: 'admin' })], 'missing'],
    ['by who pushed the head', () => [yes({ user: 'cleo' })], 'missing', { lastPusher: 'cleo' }],
    ['by who pushed the head, written otherwise', () => [yes({ user: 'CLEO' })], 'missing', { lastPusher: 'cleo' }],
    ['by another than who pushed the head', () => [yes()], 'enough', { lastPusher: 'cleo' }],
    ['by a bot', () => [yes({ user: 'approve[bot]', userType: 'Bot' })], 'missing'],
    ['by a bot that does not look like one', () => [yes({ userType: 'Bot' })], 'missing'],
    ['by a user who looks like a bot', () => [yes({ user: 'approve[bot]' })], 'missing'],
    ['by what is no user', () => [yes({ userType: 'Other' })], 'missing'],
    ['by an account that is gone', () => [yes({ user: '' })], 'missing'],
    ['of an older commit', () => [yes({ commit: OLD })], 'missing'],
    ['of no commit', () => [yes({ commit: null })], 'missing'],
    ['of an older commit, and then of the head', () => [yes({ commit: OLD }), yes()], 'enough'],
    ['of the head, which then left and came back', () => [yes()], 'enough'],
    ['of the head, and later of an older commit', () => [yes(), yes({ commit: OLD })], 'missing'],
    ['dismissed', () => [review('dismissed')], 'missing'],
    ['approved, then dismissed', () => [yes(), review('dismissed')], 'missing'],
    ['dismissed, then approved again', () => [review('dismissed'), yes()], 'enough'],
    ['approved, then asked for changes', () => [yes(), no()], 'missing'],
    ['asked for changes, then approved', () => [no(), yes()], 'enough'],
    ['asked for changes, then approved an older commit', () => [no(), yes({ commit: OLD })], 'missing'],
    ['asked for changes, then commented', () => [no(), review('commented')], 'missing'],
    ['asked for changes, which was dismissed', () => [no(), review('dismissed')], 'missing'],
    [
      'asked for changes, which was dismissed, and another approved',
      () => [no(), review('dismissed'), yes({ user: 'cleo' })],
      'enough',
    ],
    ['approved, then commented', () => [yes(), review('commented')], 'enough'],
    ['commented only', () => [review('commented')], 'missing'],
    ['approved, and a review not yet submitted', () => [yes(), review('pending')], 'enough'],
    ['a review not yet submitted', () => [review('pending')], 'missing'],
    ['one approved, another asks for changes', () => [yes(), no({ user: 'cleo' })], 'missing'],
    ['another asked for changes before', () => [no({ user: 'cleo' }), yes()], 'missing'],
    ['another asked for changes of an older commit', () => [no({ user: 'cleo', commit: OLD }), yes()], 'missing'],
    ['somebody with read asks for changes', () => [yes(), no({ user: 'cleo', role: 'read' })], 'enough'],
    ['somebody who has lost write asked for changes', () => [yes(), no({ user: 'cleo', role: 'none' })], 'enough'],
    [
      'somebody whose role is not known asks for changes',
      () => [yes(), no({ user: 'cleo', role: undefined })],
      'missing',
    ],
    ['a bot asks for changes', () => [yes(), no({ user: 'x[bot]', userType: 'Bot' })], 'enough'],
    ['who pushed the head asks for changes', () => [yes(), no({ user: 'cleo' })], 'missing', { lastPusher: 'cleo' }],
    ['the author asks for changes of their own', () => [yes(), no({ user: 'ada' })], 'enough'],
    ['one person under two spellings asks for changes after approving', () => [yes(), no({ user: 'Ben' })], 'missing'],
    ['one approval, and who pushed is not known', () => [yes()], 'missing', { lastPusher: null }],
    [
      'two approvals, and who pushed is not known',
      () => [yes(), yes({ user: 'cleo' })],
      'enough',
      { lastPusher: null },
    ],
  ])('%s', (_, reviews, expected, facts = {}) => {
    expect(problem(reviews(), {}, facts)?.reason ?? 'enough').toBe(
      expected === 'enough' ? 'enough' : 'approvals_missing',
    );
  });
});

describe('more than one asked for', () => {
  test.each<[string, () => readonly ReviewFact[], Partial<ApprovalRequirement>, readonly string[] | null]>([
    ['two, one given', () => [yes()], { count: 2 }, []],
    ['two, given by one person twice', () => [yes(), yes()], { count: 2 }, []],
    ['two, given by one person under two spellings', () => [yes(), yes({ user: 'BEN' })], { count: 2 }, []],
    ['two, given by two', () => [yes(), yes({ user: 'cleo' })], { count: 2 }, null],
    ['two, one of them the author’s', () => [yes(), yes({ user: 'ada' })], { count: 2 }, []],
    ['a team, given by a member', () => [yes({ teams: ['leads'] })], { teams: ['leads'] }, null],
    ['a team, written otherwise', () => [yes({ teams: ['Leads'] })], { teams: ['leads'] }, null],
    ['a team, given by somebody else', () => [yes({ teams: ['ml'] })], { teams: ['leads'] }, ['team:leads']],
    ['a team, whose members are not known', () => [yes({ teams: undefined })], { teams: ['leads'] }, ['team:leads']],
    [
      'a team, given by a member who may not write',
      () => [yes(), yes({ user: 'cleo', role: 'read', teams: ['leads'] })],
      { teams: ['leads'] },
      ['team:leads'],
    ],
    ['two teams, one person in both', () => [yes({ teams: ['a', 'b'] })], { teams: ['a', 'b'] }, null],
    ['two teams, one of them', () => [yes({ teams: ['a'] })], { teams: ['a', 'b'] }, ['team:b']],
    [
      'two approvals and a team',
      () => [yes({ teams: ['a'] }), yes({ user: 'cleo' })],
      { count: 2, teams: ['a'] },
      null,
    ],
  ])('%s', (_, reviews, required, missing) => {
    expect(problem(reviews(), required)?.missing ?? null).toEqual(missing);
  });

  test('a team’s only approver could be who pushed the head, where that is not known', () => {
    const reviews = [yes({ teams: ['leads'] }), yes({ user: 'cleo' })];
    expect(problem(reviews, { teams: ['leads'] }, { lastPusher: null })?.missing).toEqual(['team:leads']);
  });
});

describe('code owners', () => {
  const files = (changed: readonly string[], codeOwners: string | null, complete = true): Files => ({
    changed: [...changed],
    complete,
    codeOwners,
  });
  const byBen = (teams: readonly string[] = []) => [yes({ teams: [...teams] })];
  test.each<[string, () => readonly ReviewFact[], Files | null, 'enough' | readonly string[]]>([
    ['an owner approved', () => byBen(), files(['a.py'], '* @ben'), 'enough'],
    ['an owner, written otherwise', () => byBen(), files(['a.py'], '* @Ben'), 'enough'],
    ['somebody else approved', () => byBen(), files(['a.py'], '* @cleo'), ['@cleo']],
    ['any of several owners', () => byBen(), files(['a.py'], '* @cleo @ben'), 'enough'],
    ['an owner of one file of two', () => byBen(), files(['a.py', 'b.md'], '*.py @ben\n*.md @cleo'), ['@cleo']],
    [
      'owners of both files',
      () => [yes(), yes({ user: 'cleo' })],
      files(['a.py', 'b.md'], '*.py @ben\n*.md @cleo'),
      'enough',
    ],
    ['a team owns, a member approved', () => byBen(['ml']), files(['a.py'], '* @acme/ml'), 'enough'],
    ['a team owns, written otherwise', () => byBen(['ml']), files(['a.py'], '* @Acme/ML'), 'enough'],
    ['a team owns, somebody else approved', () => byBen(['other']), files(['a.py'], '* @acme/ml'), ['@acme/ml']],
    ['a team of another organisation owns', () => byBen(['ml']), files(['a.py'], '* @mallory/ml'), ['@mallory/ml']],
    ['nobody owns, by a pattern without owners', () => byBen(), files(['a.py'], '* @cleo\n*.py'), 'enough'],
    ['no pattern matches', () => byBen(), files(['a.py'], '*.md @cleo'), 'enough'],
    ['an e-mail address owns', () => byBen(), files(['a.py'], '* ben@example.com'), ['ben@example.com']],
    ['an e-mail address and a login own', () => byBen(), files(['a.py'], '* cleo@example.com @ben'), 'enough'],
    ['the owner is the author', () => [...byBen(), yes({ user: 'ada' })], files(['a.py'], '* @ada'), ['@ada']],
    [
      'the owner approved an older commit',
      () => [...byBen(), yes({ user: 'cleo', commit: OLD })],
      files(['a.py'], '* @cleo'),
      ['@cleo'],
    ],
    [
      'the owner may not write any more',
      () => [...byBen(), yes({ user: 'cleo', role: 'read' })],
      files(['a.py'], '* @cleo'),
      ['@cleo'],
    ],
    ['the list of files was cut', () => byBen(), files(['a.py'], '* @ben', false), []],
    ['the files are not known', () => byBen(), null, []],
    ['there is no CODEOWNERS', () => byBen(), files(['a.py'], null), []],
    ['CODEOWNERS is empty', () => byBen(), files(['a.py'], ''), 'enough'],
    [
      'CODEOWNERS is larger than GitHub reads',
      () => byBen(),
      files(['a.py'], `* @ben\n${'#'.repeat(3 * 1024 * 1024)}`),
      [],
    ],
    ['nothing is changed', () => byBen(), files([], '* @cleo'), 'enough'],
  ])('%s', (_, reviews, given, expected) => {
    const found = problem(reviews(), { code_owners: true }, { files: given });
    expect(found === null ? 'enough' : [found.reason, found.missing]).toEqual(
      expected === 'enough' ? 'enough' : ['code_owner_missing', expected],
    );
  });

  test('the refusal names file, owners and line', () => {
    const found = problem(
      byBen(),
      { code_owners: true },
      { files: files(['src/a.py'], '# ours\nsrc/ @cleo @acme/ml') },
    );
    expect(found?.message).toBe('src/a.py needs the approval of @cleo or @acme/ml (line 2 of CODEOWNERS)');
  });
});

test.each<[string, () => readonly ReviewFact[], string]>([
  ['what is needed', () => [], 'one approval of the present head is needed, and 0 count'],
  [
    'why others do not count',
    () => [yes({ user: 'ada' }), yes({ commit: OLD })],
    `one approval of the present head is needed, and 0 count (ada’s the author’s own; ben’s given to ${'b'.repeat(12)}, not to the present head)`,
  ],
  [
    'who asks for changes',
    () => [no(), no({ user: 'cleo' })],
    'ben and cleo asked for changes, and have not approved since',
  ],
])('a refusal says %s', (_, reviews, message) => {
  expect(problem(reviews())?.message).toBe(message);
});

describe('whom to ask for', () => {
  test('roles of those whose newest verdict is an approval or a request for changes', () => {
    const reviews = [
      yes(),
      no({ user: 'cleo' }),
      review('commented', { user: 'dan' }),
      yes({ user: 'eve' }),
      review('dismissed', { user: 'eve' }),
      yes({ user: 'x[bot]', userType: 'Bot' }),
      yes({ user: '' }),
    ];
    expect(reviewersAsked({ count: 1, teams: ['leads'], code_owners: false }, reviews)).toEqual({
      users: ['ben', 'cleo'],
      teams: ['leads'],
    });
  });

  test('teams that own changed files, of these alone', () => {
    const files = {
      changed: ['a.py'],
      complete: true,
      codeOwners: '*.md @acme/docs\n*.py @acme/ml @ben x@example.com',
    };
    expect(reviewersAsked({ count: 1, teams: [], code_owners: true }, [yes()], files).teams).toEqual(['ml']);
  });
});

const anyReview = fc
  .record({
    user: fc.constantFrom('ada', 'ben', 'cleo', 'x[bot]'),
    state: fc.constantFrom('approved', 'changes_requested', 'commented', 'dismissed', 'pending'),
    commit: fc.constantFrom(HEAD, OLD),
    role: fc.constantFrom('none', 'read', 'write', 'admin'),
  } as const)
  .map(({ state, ...rest }) => ({ state, rest }));

test('whatever the reviews, enough means a valid approval of the head by another person, and no open request for changes', () => {
  fc.assert(
    fc.property(fc.array(anyReview, { maxLength: 8 }), (drafts) => {
      const reviews = drafts.map(({ state, rest }) => review(state, rest));
      if (problem(reviews) !== null) return;
      const last = (user: string) =>
        reviews.filter((one) => one.user === user && !['commented', 'pending'].includes(one.state)).at(-1);
      const verdicts = ['ben', 'cleo']
        .map(last)
        .filter((one) => one !== undefined && ['write', 'admin'].includes(one.role ?? ''));
      expect(verdicts.some((one) => one?.state === 'approved' && one.commit === HEAD)).toBe(true);
      expect(verdicts.some((one) => one?.state === 'changes_requested')).toBe(false);
    }),
  );
});
