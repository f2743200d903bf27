import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BindingRequest, bind, type Sighting } from '../../../core/policy/binding.ts';

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

test("somebody else's push within a minute is never bound without @sha", () => {
  const older = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 3 });
  fc.assert(
    fc.property(older, fc.integer({ min: 241, max: 360 }), (times, pushed) => {
      const sightings = [...times.map((time) => seen(B, time)), seen(A, pushed)];
      expect(bind(request({ sightings })).ok).toBe(false);
    }),
  );
});
