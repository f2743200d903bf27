import { Error as EngineErrors } from '@dbos-inc/dbos-sdk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Arrival } from '../../../app/durable/arrival.ts';
import { again, isTakenOver, unread } from '../../../app/durable/failures.ts';
import { PortError } from '../../../flows/ports.ts';

const NOW = 1_790_000_000_000;
const DAY = 86_400_000;
const comment = { kind: 'comment', id: 1, pullRequest: 2, sender: 'ada' };
const arrivalOf = (event: object = comment, more: object = {}): Arrival =>
  Arrival.parse({ repository: 'flights/delay', installation: 1, event, ...more });
const away = new PortError('unavailable', 'no answer');

describe('a delivery that could not be handled', () => {
  test.each([
    ['guid-1', 'guid-1~1', 15],
    ['guid-1~1', 'guid-1~2', 30],
    ['guid-1~2', 'guid-1~3', 60],
    ['guid-1~6', 'guid-1~7', 900],
    ['guid-1~50', 'guid-1~51', 900],
    ['a ~ b~1', 'a ~ b~2', 30],
  ])('as %s is handled again as %s, %i seconds later', (id, next, delay) => {
    expect(again({ id, arrival: arrivalOf(), error: away }, NOW)).toMatchObject({ id: next, delay });
  });

  test.each([
    ['in half a minute', 30_000, 30],
    ['in an instant', 10, 2],
    ['between two seconds', 30_000.25, 31],
    ['in two hours', 7_200_000, 900],
    ['a minute ago', -60_000, 15],
  ])('is handled again when GitHub said so: %s', (_, milliseconds, delay) => {
    const error = new PortError('rate_limited', 'not now', { until: NOW + milliseconds });
    expect(again({ id: 'guid', arrival: arrivalOf(), error }, NOW)?.delay).toBe(delay);
  });

  test('remembers when it failed first, and why it did last', () => {
    const first = again({ id: 'guid', arrival: arrivalOf(), error: away }, NOW);
    expect(first?.arrival.again).toEqual({ first: NOW, why: 'unanswered' });
    const error = new PortError('rate_limited', 'not now');
    const second = again({ id: 'guid~1', arrival: first?.arrival ?? arrivalOf(), error }, NOW + 15_000);
    expect(second?.arrival).toEqual({ ...arrivalOf(), again: { first: NOW, why: 'limited' } });
  });

  test('is given up a day after it failed first', () => {
    const arrival = arrivalOf(comment, { again: { first: NOW - DAY - 1, why: 'limited' } });
    expect(again({ id: 'guid~99', arrival, error: away }, NOW)).toBeNull();
  });

  test('is tried for about an hour where waiting hardly helps', () => {
    const error = new Error('a defect');
    expect(again({ id: 'guid~8', arrival: arrivalOf(), error }, NOW)?.id).toBe('guid~9');
    expect(again({ id: 'guid~9', arrival: arrivalOf(), error }, NOW)).toBeNull();
  });

  test.each([{ kind: 'timer' }, { kind: 'progress', run: '01JZZZZZZZZZZZZZZZZZZZZZZZ' }])(
    'is let go when it comes again by itself: %j',
    (event) => {
      expect(again({ id: 'slot', arrival: arrivalOf(event), error: away }, NOW)).toBeNull();
    },
  );

  test('is tried for a day, at most a hundred and ten times, whatever it is called', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (guid) => {
        let now = NOW;
        let next = again({ id: guid, arrival: arrivalOf(), error: away }, now);
        const ids = new Set([guid]);
        while (next !== null) {
          expect(ids.has(next.id)).toBe(false);
          ids.add(next.id);
          now += next.delay * 1000;
          next = again({ id: next.id, arrival: next.arrival, error: away }, now);
        }
        expect(now - NOW).toBeGreaterThan(DAY - 1);
        expect(ids.size).toBeLessThan(110);
      }),
      { numRuns: 20 },
    );
  });
});

describe('while versions of the App replace each other', () => {
  test('what other code began with other steps is begun anew at once', () => {
    const error = new EngineErrors.DBOSUnexpectedStepError('guid', 2, 'look', 'write');
    expect(again({ id: 'guid', arrival: arrivalOf(), error }, NOW)).toMatchObject({ id: 'guid~1', delay: 0 });
  });

  test('what is another process’s by now is told from a failure', () => {
    expect(isTakenOver(new EngineErrors.DBOSWorkflowConflictError('guid'))).toBe(true);
    expect(isTakenOver(away)).toBe(false);
  });

  test.each([
    ['guid', { id: 'guid~1', delay: 15 }],
    ['guid~1', { id: 'guid~2', delay: 30 }],
    ['guid~90', { id: 'guid~91', delay: 900 }],
    ['guid~96', null],
  ])('what this code can’t read, as %s, is left to other code for a day', (id, expected) => {
    expect(unread(id)).toEqual(expected);
  });
});
