import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BindingRequest, bind, headPusher, type Sighting } from '../../../core/policy/binding.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const TWIN = `${'a'.repeat(20)}${'c'.repeat(20)}`;

/** 10:00:00 plus seconds. */
const at = (seconds: number): string =>
  new Date(Date.UTC(2026, 10, 2, 10) + seconds * 1000).toISOString().replace('.000', '');
const seen = (sha: string, seconds: number, sender = 'ben', headRepository = 'acme/flights'): Sighting => ({
  sha,
  at: at(seconds),
  sender,
  headRepository,
});

/** Of another kind than a push. */
const as = (event: 'reopened' | 'base', sighting: Sighting): Sighting => ({ ...sighting, event });
const ofRequest = (pullRequest: number, sighting: Sighting): Sighting => ({ ...sighting, pullRequest });

/** A comment by ada at 10:05:00 on head A. */
function request(changes: Partial<BindingRequest> = {}): BindingRequest {
  return {
    head: { sha: A, repository: 'acme/flights' },
    comment: { author: 'ada', createdAt: at(300) },
    sightings: [],
    ...changes,
  };
}

function verdict(changes: Partial<BindingRequest>): string {
  const binding = bind(request(changes));
  return binding.ok ? binding.sha : binding.reason;
}

describe('without @sha', () => {
  test.each<[string, readonly Sighting[], string]>([
    ['a head never seen', [], 'head_not_sighted'],
    ['another head seen, this one never', [seen(B, 0)], 'head_not_sighted'],
    ['seen long before, by another', [seen(A, 0)], A],
    ['seen exactly 60 s before', [seen(A, 240)], A],
    ['seen 59 s before', [seen(A, 241)], 'head_too_fresh'],
    ['seen in the second of the comment, by another', [seen(A, 300)], 'head_too_fresh'],
    ['seen after the comment', [seen(A, 301)], 'head_moved'],
    ['pushed by the author just before', [seen(A, 299, 'ada')], A],
    ['pushed by the author in the second of the comment', [seen(A, 300, 'ada')], A],
    ['pushed by the author after the comment', [seen(A, 301, 'ada')], 'head_moved'],
    ['pushed by the author, whose login is written otherwise', [seen(A, 299, 'Ada')], A],
    ['an older head before it', [seen(B, 0), seen(A, 100)], A],
    ['a newer head was seen since', [seen(A, 0), seen(B, 100)], 'head_moved'],
    ['a newer head was seen after the comment', [seen(A, 0), seen(B, 301)], 'head_moved'],
    ['deliveries out of order', [seen(A, 100), seen(B, 0)], A],
    ['one delivery twice', [seen(A, 0), seen(A, 0)], A],
    ['another head in the same second, by another', [seen(B, 100), seen(A, 100)], 'head_moved'],
    ['another head in the same second, all by the author', [seen(B, 300, 'ada'), seen(A, 300, 'ada')], A],
    ['another head in the same second, one by another', [seen(B, 300, 'ben'), seen(A, 300, 'ada')], 'head_moved'],
    ['forced away and back long before', [seen(A, 0), seen(B, 50), seen(A, 100)], A],
    ['forced away and back just before', [seen(A, 0), seen(B, 50), seen(A, 299)], 'head_too_fresh'],
    ['forced away before and back after the comment', [seen(A, 0), seen(B, 50), seen(A, 301)], 'head_moved'],
    [
      'forced away and back, the author pushing it first only',
      [seen(A, 0, 'ada'), seen(B, 50), seen(A, 299)],
      'head_too_fresh',
    ],
    ['seen again, by another, after the author pushed it', [seen(A, 100, 'ada'), seen(A, 299)], A],
    ['seen in one second from the author and another', [seen(A, 299, 'ada'), seen(A, 299, 'ben')], 'head_too_fresh'],
    ['seen in another head repository only', [seen(A, 0, 'ben', 'mallory/flights')], 'head_not_sighted'],
    [
      'the same commit now in another head repository',
      [seen(A, 0), seen(A, 100, 'ben', 'mallory/flights')],
      'head_moved',
    ],
    ['the head repository written otherwise', [seen(A, 0, 'ben', 'Acme/Flights')], A],
    ['a time that is none', [{ ...seen(A, 0), at: 'yesterday' }], 'time_unreadable'],
    ['fractions of a second', [{ ...seen(A, 0), at: '2026-11-02T10:05:00.900Z', sender: 'ada' }], A],
  ])('%s', (_, sightings, expected) => {
    expect(verdict({ sightings })).toBe(expected);
  });

  test('a comment whose time can not be read is refused', () => {
    expect(verdict({ comment: { author: 'ada', createdAt: '' }, sightings: [seen(A, 0)] })).toBe('time_unreadable');
  });
});

describe('with @sha', () => {
  test.each<[string, string, readonly Sighting[], string]>([
    ['the head in full', A, [seen(A, 0)], A],
    ['the head in full, fresh', A, [seen(A, 299)], A],
    ['the head in full, whose delivery is younger than the comment', A, [seen(A, 301)], A],
    ['the head in short', A.slice(0, 7), [seen(A, 299)], A],
    ['the head in capitals', A.toUpperCase(), [seen(A, 0)], A],
    ['a short form that was no head at the time of the comment', A.slice(0, 7), [seen(A, 301)], 'sha_not_sighted'],
    ['a commit never seen here', A, [seen(B, 0)], 'sha_not_sighted'],
    ['a commit seen in another head repository only', A, [seen(A, 0, 'ben', 'mallory/flights')], 'sha_not_sighted'],
    ['an older head', B, [seen(B, 0), seen(A, 100)], 'head_moved'],
    ['a short form of two heads', A.slice(0, 7), [seen(A, 0), seen(TWIN, 100)], 'ambiguous_sha'],
    ['the full form of one of two alike', A, [seen(A, 0), seen(TWIN, 100)], A],
    ['a head that was forced away and back in the same second', A, [seen(B, 299), seen(A, 299)], A],
  ])('%s', (_, requestedSha, sightings, expected) => {
    expect(verdict({ requestedSha, sightings })).toBe(expected);
  });
});

describe('a push around the comment', () => {
  test.each<[string, Partial<BindingRequest>, string]>([
    [
      'ben pushes between the comment and its processing',
      { head: { sha: B, repository: 'acme/flights' }, sightings: [seen(A, 0), seen(B, 310)] },
      'head_moved',
    ],
    [
      'ben pushes between the comment and its processing, and his delivery is late',
      { head: { sha: B, repository: 'acme/flights' }, sightings: [seen(A, 0)] },
      'head_not_sighted',
    ],
    [
      'ada pushes between her comment and its processing',
      { head: { sha: B, repository: 'acme/flights' }, sightings: [seen(A, 0, 'ada'), seen(B, 310, 'ada')] },
      'head_moved',
    ],
    ['ben pushes 5 s before the comment', { sightings: [seen(B, 0), seen(A, 295)] }, 'head_too_fresh'],
    ['ben pushes 5 s before, and ada names what he pushed', { requestedSha: A, sightings: [seen(A, 295)] }, A],
    [
      'ben pushes 5 s before, and ada names the head before',
      { requestedSha: B, sightings: [seen(B, 0), seen(A, 295)] },
      'head_moved',
    ],
    [
      'ben pushes 5 s after, and ada has named what was the head',
      { head: { sha: B, repository: 'acme/flights' }, requestedSha: A, sightings: [seen(A, 0), seen(B, 305)] },
      'head_moved',
    ],
    ['a bot pushes 5 s before the comment', { sightings: [seen(A, 295, 'renovate[bot]')] }, 'head_too_fresh'],
    [
      'ada pushes, ben pushes, ada comments within a minute',
      { sightings: [seen(B, 280, 'ada'), seen(A, 290, 'ben')] },
      'head_too_fresh',
    ],
    [
      'ben pushes, ada pushes over it, ada comments at once',
      { sightings: [seen(B, 290, 'ben'), seen(A, 295, 'ada')] },
      A,
    ],
    [
      'ben’s push of years ago by its commit’s date counts from its delivery',
      { sightings: [seen(B, -1e8), seen(A, 295)] },
      'head_too_fresh',
    ],
    ['a delivery that claims to be of the future', { sightings: [seen(A, 1e6)] }, 'head_moved'],
    [
      'nobody is known to have pushed, nobody to have commented',
      { comment: { author: '', createdAt: at(300) }, sightings: [seen(A, 299, '')] },
      'head_too_fresh',
    ],
  ])('%s', (_, changes, expected) => {
    expect(verdict(changes)).toBe(expected);
  });
});

describe('a commit that is known from elsewhere', () => {
  const here = { pullRequest: 7 };
  test.each<[string, Partial<BindingRequest>, string]>([
    [
      'was seen long before on another branch, and no delivery tells of it',
      { sightings: [seen(A, 298)] },
      'head_too_fresh',
    ],
    [
      'was seen long before as the head of another pull request',
      { ...here, sightings: [ofRequest(8, seen(A, 0)), ofRequest(7, seen(A, 298))] },
      'head_too_fresh',
    ],
    [
      'was only seen as the head of another pull request',
      { ...here, sightings: [ofRequest(8, seen(A, 0))] },
      'head_not_sighted',
    ],
    [
      'was only seen as the head of another pull request, and is named',
      { ...here, requestedSha: A, sightings: [ofRequest(8, seen(A, 0))] },
      'sha_not_sighted',
    ],
    [
      'is the head of two pull requests, each seen',
      { ...here, sightings: [ofRequest(7, seen(A, 0)), ofRequest(8, seen(A, 290))] },
      A,
    ],
    [
      'left another pull request, and stays the head of this one',
      { ...here, sightings: [ofRequest(7, seen(A, 0)), ofRequest(8, seen(A, 0)), ofRequest(8, seen(B, 100))] },
      A,
    ],
    [
      'was pushed by ada to another pull request, and by ben to this one',
      { ...here, sightings: [ofRequest(8, seen(A, 0, 'ada')), ofRequest(7, seen(A, 290, 'ben'))] },
      'head_too_fresh',
    ],
    [
      'begins like a head of another pull request',
      { ...here, requestedSha: A.slice(0, 7), sightings: [ofRequest(7, seen(A, 0)), ofRequest(8, seen(TWIN, 0))] },
      A,
    ],
    [
      'was seen in the head repository before this one',
      { sightings: [seen(A, 0, 'ada', 'ada/flights'), seen(A, 295)] },
      'head_too_fresh',
    ],
    [
      'was seen in the head repository before this one, and is named',
      { requestedSha: A, sightings: [seen(A, 0, 'ada', 'ada/flights')] },
      'sha_not_sighted',
    ],
  ])('%s', (_, changes, expected) => {
    expect(verdict(changes)).toBe(expected);
  });
});

describe('a pull request that was reopened or pointed elsewhere', () => {
  test.each<[string, Partial<BindingRequest>, string]>([
    ['reopened just now with the head that it had', { sightings: [seen(A, 0), as('reopened', seen(A, 299))] }, A],
    [
      'reopened by ada with a head that came in while it was closed',
      { sightings: [seen(B, 0), as('reopened', seen(A, 299, 'ada'))] },
      'head_too_fresh',
    ],
    [
      'reopened by ada with a new head, long before',
      { sightings: [seen(B, 0), as('reopened', seen(A, 200, 'ada'))] },
      A,
    ],
    [
      'reopened after the comment with the head that it had',
      { sightings: [seen(A, 0), as('reopened', seen(A, 400))] },
      A,
    ],
    [
      'reopened after the comment with another head',
      { sightings: [seen(B, 0), as('reopened', seen(A, 400))] },
      'head_moved',
    ],
    ['pointed elsewhere by ben just now', { sightings: [seen(A, 0), as('base', seen(A, 295))] }, 'head_too_fresh'],
    [
      'pointed elsewhere by ben just now, and the head is named',
      { requestedSha: A, sightings: [seen(A, 0), as('base', seen(A, 295))] },
      A,
    ],
    ['pointed elsewhere by ada just now', { sightings: [seen(A, 0), as('base', seen(A, 295, 'ada'))] }, A],
    [
      'pointed elsewhere by ada just after ben’s push',
      { sightings: [seen(A, 290), as('base', seen(A, 295, 'ada'))] },
      'head_too_fresh',
    ],
    [
      'pointed elsewhere by ben just after ada’s push',
      { sightings: [seen(A, 290, 'ada'), as('base', seen(A, 295))] },
      'head_too_fresh',
    ],
    [
      'pointed elsewhere by ben in the second of ada’s push',
      { sightings: [seen(A, 290, 'ada'), as('base', seen(A, 290))] },
      'head_too_fresh',
    ],
    ['pointed elsewhere after the comment', { sightings: [seen(A, 0), as('base', seen(A, 301))] }, 'head_moved'],
    [
      'pointed elsewhere after the comment that named the head',
      { requestedSha: A, sightings: [seen(A, 0), as('base', seen(A, 301))] },
      'head_moved',
    ],
    ['pointed elsewhere before the head came', { sightings: [as('base', seen(B, 200)), seen(A, 230)] }, A],
    [
      'pointed elsewhere and back by ben just now',
      { sightings: [seen(A, 0), as('base', seen(A, 200)), as('base', seen(A, 299))] },
      'head_too_fresh',
    ],
    [
      'pointed elsewhere by ada, of which alone the head is known',
      { sightings: [as('base', seen(A, 295, 'ada'))] },
      'head_too_fresh',
    ],
    ['pointed elsewhere at a head that has left', { sightings: [seen(A, 0), as('base', seen(B, 100))] }, 'head_moved'],
  ])('%s', (_, changes, expected) => {
    expect(verdict(changes)).toBe(expected);
  });
});

describe('what stands after @', () => {
  test.each<[string, string, string]>([
    ['nothing', '', 'sha_not_sighted'],
    ['six digits', 'a'.repeat(6), 'sha_not_sighted'],
    ['seven digits', 'a'.repeat(7), A],
    ['seven digits in capitals', 'A'.repeat(7), A],
    ['39 digits', 'a'.repeat(39), A],
    ['41 digits', 'a'.repeat(41), 'sha_not_sighted'],
    ['65 digits', 'a'.repeat(65), 'sha_not_sighted'],
    ['no digits', 'HEAD~1', 'sha_not_sighted'],
    ['a pattern', 'aaaaaa.', 'sha_not_sighted'],
    ['letters that fold to digits of a commit', '\uFF41'.repeat(7), 'sha_not_sighted'],
  ])('%s', (_, requestedSha, expected) => {
    expect(verdict({ requestedSha, sightings: [seen(A, 0)] })).toBe(expected);
  });
});

describe('who pushed the present head', () => {
  test.each<[string, readonly Sighting[], string | null]>([
    ['its only sender', [seen(A, 0)], 'ben'],
    [
      'the first sender of its last row',
      [seen(A, 0, 'ada'), seen(B, 50), seen(A, 100, 'ben'), seen(A, 200, 'ada')],
      'ben',
    ],
    ['not who reopened the request later', [seen(A, 0), as('reopened', seen(A, 100, 'ada'))], 'ben'],
    ['not who pointed it elsewhere', [seen(A, 0), as('base', seen(A, 0, 'ada'))], 'ben'],
    ['unclear where it was never seen', [seen(B, 0)], null],
    ['unclear where it came in while the request was closed', [as('reopened', seen(A, 0))], null],
    ['unclear where two pushed in one second', [seen(A, 0, 'ada'), seen(A, 0, 'ben')], null],
    ['unclear where another head was seen since', [seen(A, 0), seen(B, 50)], null],
    ['unclear where another head came in the same second', [seen(A, 50), seen(B, 50)], null],
    ['unclear where nobody is named', [seen(A, 0, '')], null],
    ['unclear where a time can’t be read', [{ ...seen(A, 0), at: 'x' }], null],
  ])('%s', (_, sightings, expected) => {
    expect(headPusher({ head: request().head, sightings })).toBe(expected);
  });
});

test('a refusal says how to say which head is meant', () => {
  const binding = bind(request({ sightings: [seen(A, 299)] }));
  expect(binding.ok ? '' : binding.message).toContain(`@${A}`);
});

test('whatever was seen, only the present head is ever bound', () => {
  const sighting = fc.record({
    sha: fc.constantFrom(A, B, TWIN),
    at: fc.integer({ min: 0, max: 400 }).map(at),
    sender: fc.constantFrom('ada', 'ben'),
    headRepository: fc.constantFrom('acme/flights', 'mallory/flights'),
  });
  const wanted = fc.option(fc.constantFrom(A, B, A.slice(0, 7)), { nil: undefined });
  fc.assert(
    fc.property(fc.array(sighting, { maxLength: 6 }), wanted, (sightings, requestedSha) => {
      const binding = bind(request({ sightings, ...(requestedSha === undefined ? {} : { requestedSha }) }));
      expect(binding.ok ? binding.sha : A).toBe(A);
    }),
  );
});

test('what other requests saw changes nothing', () => {
  const sighting = fc.record({
    sha: fc.constantFrom(A, B),
    at: fc.integer({ min: 0, max: 400 }).map(at),
    sender: fc.constantFrom('ada', 'ben'),
    headRepository: fc.constant('acme/flights'),
    event: fc.constantFrom('head', 'reopened', 'base'),
  });
  const many = fc.array(sighting, { maxLength: 5 });
  fc.assert(
    fc.property(many, many, (mine, others) => {
      const sightings = mine.map((one) => ofRequest(7, one));
      const all = [...others.map((one) => ofRequest(8, one)), ...sightings];
      expect(verdict({ pullRequest: 7, sightings: all })).toBe(verdict({ pullRequest: 7, sightings }));
    }),
  );
});

test('the order in which deliveries arrive changes nothing', () => {
  const sighting = fc.record({
    sha: fc.constantFrom(A, B),
    at: fc.integer({ min: 290, max: 301 }).map(at),
    sender: fc.constantFrom('ada', 'ben'),
    headRepository: fc.constant('acme/flights'),
    event: fc.constantFrom('head', 'reopened', 'base'),
  });
  fc.assert(
    fc.property(fc.array(sighting, { maxLength: 5 }), (sightings) => {
      expect(verdict({ sightings: [...sightings].reverse() })).toBe(verdict({ sightings }));
    }),
    { numRuns: 300 },
  );
});

test("somebody else's push within a minute is never bound without @sha", () => {
  const older = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 3 });
  fc.assert(
    fc.property(older, fc.integer({ min: 241, max: 360 }), (times, pushed) => {
      const sightings = [...times.map((time) => seen(B, time)), seen(A, pushed)];
      expect(bind(request({ sightings })).ok).toBe(false);
    }),
  );
});
