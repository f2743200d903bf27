import { describe, expect, test } from 'vitest';
import { ReviewFact } from '../../../core/decision/facts.ts';
import { DatasetName, GitId } from '../../../core/names.ts';
import {
  describeLoosening,
  type LoosenedContract,
  type LooseningFacts,
  looseningProblem,
} from '../../../core/policy/loosening.ts';
import { MODEL } from '../samples.ts';

const HEAD = GitId.parse('a'.repeat(40));
const OLD = GitId.parse('b'.repeat(40));
const PATH = 'contracts/rows.yaml';
const WHAT = 'column "id" is dropped';

let minute = 0;
/** The next review by ben, with write, of the head. */
function review(state: ReviewFact['state'], rest: Partial<ReviewFact> = {}): ReviewFact {
  minute += 1;
  const at = new Date(Date.UTC(2026, 10, 2, 10, minute)).toISOString();
  return ReviewFact.parse({ user: 'ben', state, commit: HEAD, at, role: 'write', teams: [], ...rest });
}
const yes = (rest: Partial<ReviewFact> = {}): ReviewFact => review('approved', rest);
const member = (rest: Partial<ReviewFact> = {}): ReviewFact => yes({ teams: ['data'], ...rest });

function loosened(owner: string | null, change: Partial<LoosenedContract> = {}): LoosenedContract {
  const dataset = DatasetName.parse('rows');
  return { dataset, models: [MODEL], owner, paths: [PATH], loosenings: [WHAT], ...change };
}

/** Opened and pushed by ada. */
function problem(owner: string | null, reviews: readonly ReviewFact[], change: Partial<LooseningFacts> = {}) {
  const facts = {
    reviews,
    author: 'ada',
    authorRole: 'write',
    lastPusher: 'ada',
    head: HEAD,
    files: owner === null ? { changed: [PATH], complete: true, codeOwners: null } : null,
    repository: 'acme/flights',
    ...change,
  };
  return looseningProblem(loosened(owner), facts);
}

type Row = [string, () => readonly ReviewFact[], RegExp | null, Partial<LooseningFacts>?];

describe('a contract whose owner is a user is loosened', () => {
  test.each<Row>([
    ['by nobody’s word', () => [], /@ben has to approve the head$/],
    ['by the owner’s approval of the head', () => [yes()], null],
    ['by the owner, written otherwise', () => [yes({ user: 'BEN' })], null],
    ['by nobody else’s approval', () => [yes({ user: 'cleo', role: 'admin' })], /@ben has to .*cleo’s counts/],
    [
      'by no approval of an older commit',
      () => [yes({ commit: OLD })],
      /ben’s given to b{12}, not to the present head/,
    ],
    ['by no approval that was dismissed', () => [yes(), review('dismissed')], /ben’s dismissed/],
    ['by no owner who has lost write', () => [yes({ role: 'read' })], /ben’s of somebody who may not write/],
    ['by no owner whose role is not known', () => [yes({ role: undefined })], /@ben has to approve/],
    ['by no owner who pushed the head', () => [yes()], /ben’s of who pushed the head/, { lastPusher: 'ben' }],
    [
      'by no owner who may have pushed the head',
      () => [yes()],
      /who pushed the head is not known/,
      { lastPusher: null },
    ],
    ['by no bot of that name', () => [yes({ userType: 'Bot' })], /@ben has to approve/],
    ['not while the owner asks for changes', () => [yes(), review('changes_requested')], /ben asked for changes/],
    [
      'not while somebody else asks for changes',
      () => [yes(), review('changes_requested', { user: 'cleo' })],
      /cleo asked for changes/,
    ],
  ])('%s', (_what, reviews, message, facts) => {
    const found = problem('@ben', reviews(), facts);
    if (message === null) expect(found).toBeNull();
    else expect(found).toMatch(message);
  });
});

describe('a contract whose owner opened the pull request is loosened', () => {
  test.each<Row>([
    ['by their own word', () => [], null],
    ['by their own word, written otherwise', () => [], null, { author: 'ADA' }],
    [
      'not when somebody else pushed the head',
      () => [],
      /has to push the head, and @ben pushed the head/,
      { lastPusher: 'ben' },
    ],
    [
      'not when somebody else pushed the head and somebody else approves it',
      () => [yes({ user: 'cleo' })],
      /@ben pushed the head/,
      { lastPusher: 'ben' },
    ],
    ['not when it is not known who pushed the head', () => [], /is not known/, { lastPusher: null }],
    ['not when they may not write any more', () => [], /may not write/, { authorRole: 'read' }],
    ['not when their role is not known', () => [], /may not write/, { authorRole: null }],
    ['not against a request for changes', () => [review('changes_requested')], /ben asked for changes/],
  ])('%s', (_what, reviews, message, facts) => {
    const found = problem('@ada', reviews(), facts);
    if (message === null) expect(found).toBeNull();
    else expect(found).toMatch(message);
  });

  test('not by a bot', () => {
    expect(problem('@bot[bot]', [], { author: 'bot[bot]', lastPusher: 'bot[bot]' })).toMatch(/is no person/);
  });
});

describe('a contract whose owner is a team is loosened', () => {
  test.each<Row>([
    ['by nobody’s word', () => [], /@acme\/data has to approve the head$/],
    ['by a member’s approval', () => [member()], null],
    ['by no approval of another team', () => [member({ teams: ['ml'] })], /@acme\/data has to approve/],
    ['by no approval of somebody without a team', () => [yes()], /@acme\/data has to approve/],
    ['by no member who is the author', () => [member({ user: 'ada' })], /ada’s the author’s own/],
    ['by no member who pushed the head', () => [member()], /of who pushed the head/, { lastPusher: 'ben' }],
    ['by no member who may only read', () => [member({ role: 'read' })], /may not write/],
    ['by one member where the pusher may be that one', () => [member()], /is not known/, { lastPusher: null }],
    [
      'by two members, of whom one may be the pusher',
      () => [member(), member({ user: 'cleo' })],
      null,
      { lastPusher: null },
    ],
  ])('%s', (_what, reviews, message, facts) => {
    const found = problem('@acme/data', reviews(), facts);
    if (message === null) expect(found).toBeNull();
    else expect(found).toMatch(message);
  });

  test('by nobody where the team is of another organization', () => {
    expect(problem('@other/data', [member()])).toMatch(/team of another organization.*name another owner/);
  });
});

describe('a contract without an owner is loosened', () => {
  const owned = (codeOwners: string | null, complete = true): Partial<LooseningFacts> => ({
    files: { changed: [], complete, codeOwners },
  });
  test.each<Row>([
    ['by nobody’s word', () => [], /one approval of the present head is needed/],
    ['by an approval of anybody with write', () => [yes()], null],
    ['by no approval of the author', () => [yes({ user: 'ada' })], /the author’s own/],
    ['by no approval of somebody who may read', () => [yes({ role: 'read' })], /may not write/],
    ['by anybody where CODEOWNERS names nobody for it', () => [yes()], null, owned('*.py @cleo\n')],
    ['by anybody where CODEOWNERS asks nobody for it', () => [yes()], null, owned('* @cleo\ncontracts/\n')],
    ['by its code owner', () => [yes()], null, owned('contracts/ @ben\n')],
    ['by a code owner of its team', () => [member()], null, owned('contracts/ @acme/data\n')],
    ['by nobody but its code owner', () => [yes()], /rows\.yaml needs the approval of @cleo/, owned('* @cleo\n')],
    ['by another code owner than the author', () => [yes()], /@cleo/, owned('* @ada @cleo\n')],
    ['by anybody else where the author is its only code owner', () => [yes()], null, owned('* @ada\n')],
    ['by nobody where CODEOWNERS is not known', () => [yes()], /is not known/, { files: null }],
    ['by nobody where the list of files was cut', () => [yes()], /was cut/, owned('* @ben\n', false)],
  ])('%s', (_what, reviews, message, facts) => {
    const found = problem(null, reviews(), facts);
    if (message === null) expect(found).toBeNull();
    else expect(found).toMatch(message);
  });
});

test('what is loosened is said, and how much more is', () => {
  expect(describeLoosening(loosened('@ben'))).toBe(`dataset rows: its contract is loosened (${WHAT})`);
  const many = loosened('@ben', { loosenings: ['a', 'b', 'c', 'd', 'e'] });
  expect(describeLoosening(many)).toBe('dataset rows: its contract is loosened (a; b; c; 2 more)');
});
