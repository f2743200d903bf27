import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FreezeWindow } from '../../../core/config/policy.ts';
import { StageName } from '../../../core/names.ts';
import { activeFreeze } from '../../../core/policy/freeze-window.ts';
import { clockOf, isTimezone } from '../../../core/policy/wall-clock.ts';

const PRODUCTION = StageName.parse('production');

/** When the stage is free again, `for ever`, or `free`. */
function at(now: string, ...windows: readonly object[]): string {
  const parsed = windows.map((window) => FreezeWindow.parse(window));
  const found = activeFreeze(parsed, PRODUCTION, new Date(now));
  if (found === null) return 'free';
  return found.endsAt === null ? 'for ever' : found.endsAt.toISOString().replace(':00.000Z', 'Z');
}

describe('between two moments', () => {
  const holidays = { from: '2026-12-20T00:00:00+01:00', to: '2027-01-02T00:00:00+01:00' };
  test.each([
    ['a second before', '2026-12-19T22:59:59Z', 'free'],
    ['at its beginning', '2026-12-19T23:00:00Z', '2027-01-01T23:00Z'],
    ['inside', '2026-12-25T12:00:00Z', '2027-01-01T23:00Z'],
    ['a second before its end', '2027-01-01T22:59:59Z', '2027-01-01T23:00Z'],
    ['at its end', '2027-01-01T23:00:00Z', 'free'],
  ])('%s', (_, now, expected) => {
    expect(at(now, holidays)).toBe(expected);
  });
});

describe('every week', () => {
  // 2026-11-02 is a Monday.
  test.each<[string, string, object, string]>([
    ['on its day', '2026-11-06T12:00:00Z', { days: ['fri'] }, '2026-11-07T00:00Z'],
    ['on another day', '2026-11-05T12:00:00Z', { days: ['fri'] }, 'free'],
    ['the last minute of its day', '2026-11-06T23:59:59Z', { days: ['fri'] }, '2026-11-07T00:00Z'],
    ['the first minute after', '2026-11-07T00:00:00Z', { days: ['fri'] }, 'free'],
    ['on days one after the other', '2026-11-06T12:00:00Z', { days: ['fri', 'sat', 'sun'] }, '2026-11-09T00:00Z'],
    ['over the end of a week', '2026-11-08T12:00:00Z', { days: ['sun', 'mon'] }, '2026-11-10T00:00Z'],
    ['on all days', '2026-11-06T12:00:00Z', { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] }, 'for ever'],
    [
      'on all days but for a minute',
      '2026-11-06T12:00:00Z',
      { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], to: '23:59' },
      '2026-11-06T23:59Z',
    ],
    ['between two times', '2026-11-06T16:07:30Z', { days: ['fri'], from: '16:00', to: '17:23' }, '2026-11-06T17:23Z'],
    ['before them', '2026-11-06T15:59:59Z', { days: ['fri'], from: '16:00', to: '17:23' }, 'free'],
    ['after them', '2026-11-06T17:23:00Z', { days: ['fri'], from: '16:00', to: '17:23' }, 'free'],
    [
      'over midnight, in the evening',
      '2026-11-06T23:00:00Z',
      { days: ['fri'], from: '22:00', to: '06:00' },
      '2026-11-07T06:00Z',
    ],
    [
      'over midnight, in the morning after',
      '2026-11-07T05:59:00Z',
      { days: ['fri'], from: '22:00', to: '06:00' },
      '2026-11-07T06:00Z',
    ],
    [
      'over midnight, in the morning before',
      '2026-11-06T05:00:00Z',
      { days: ['fri'], from: '22:00', to: '06:00' },
      'free',
    ],
    [
      'over midnight at the end of a week',
      '2026-11-08T01:00:00Z',
      { days: ['sat'], from: '22:00', to: '06:00' },
      '2026-11-08T06:00Z',
    ],
    ['up to midnight', '2026-11-06T23:00:00Z', { days: ['fri'], from: '22:00', to: '24:00' }, '2026-11-07T00:00Z'],
    [
      'up to the midnight that begins a day',
      '2026-11-06T23:00:00Z',
      { days: ['fri'], from: '22:00', to: '00:00' },
      '2026-11-07T00:00Z',
    ],
  ])('%s', (_, now, window, expected) => {
    expect(at(now, window)).toBe(expected);
  });
});

describe('in a time zone', () => {
  const night = (timezone: string) => ({ days: ['sun'], from: '02:00', to: '03:00', timezone });
  test.each<[string, string, object, string]>([
    [
      'the day there has begun',
      '2026-11-05T23:30:00Z',
      { days: ['fri'], timezone: 'Europe/Berlin' },
      '2026-11-06T23:00Z',
    ],
    ['the day there is over', '2026-11-06T23:00:00Z', { days: ['fri'], timezone: 'Europe/Berlin' }, 'free'],
    [
      'a zone of a quarter of an hour',
      '2026-11-05T18:15:00Z',
      { days: ['fri'], timezone: 'Asia/Kathmandu' },
      '2026-11-06T18:15Z',
    ],
    [
      'a zone beyond twelve hours',
      '2026-11-05T10:00:00Z',
      { days: ['fri'], timezone: 'Pacific/Kiritimati' },
      '2026-11-06T10:00Z',
    ],
    ['summer time begins: the hour left out freezes nothing', '2026-03-29T01:30:00Z', night('Europe/Berlin'), 'free'],
    [
      'summer time begins: the day has 23 hours',
      '2026-03-29T00:00:00Z',
      { days: ['sun'], timezone: 'Europe/Berlin' },
      '2026-03-29T22:00Z',
    ],
    [
      'summer time ends: the hour repeated freezes, first',
      '2026-10-25T00:30:00Z',
      night('Europe/Berlin'),
      '2026-10-25T02:00Z',
    ],
    [
      'summer time ends: the hour repeated freezes, again',
      '2026-10-25T01:30:00Z',
      night('Europe/Berlin'),
      '2026-10-25T02:00Z',
    ],
    [
      'summer time ends: the day has 25 hours',
      '2026-10-24T22:00:00Z',
      { days: ['sun'], timezone: 'Europe/Berlin' },
      '2026-10-25T23:00Z',
    ],
    [
      'a change of clocks by half an hour',
      '2026-10-03T15:15:00Z',
      { days: ['sun'], from: '01:00', to: '03:00', timezone: 'Australia/Lord_Howe' },
      '2026-10-03T16:00Z',
    ],
    [
      'a change of clocks at midnight',
      '2026-09-06T03:30:00Z',
      { days: ['sat', 'sun'], timezone: 'America/Santiago' },
      '2026-09-07T03:00Z',
    ],
  ])('%s', (_, now, window, expected) => {
    expect(at(now, window)).toBe(expected);
  });

  test.each([
    ['UTC', true],
    ['Europe/Berlin', true],
    ['America/Argentina/Buenos_Aires', true],
    ['Etc/GMT+3', true],
    ['Europe/Berln', false],
    ['+02:00', false],
    ['', false],
    ['Europe/Berlin ', false],
    ['constructor', false],
    ['../../etc/passwd', false],
  ])('%j is a name of one: %s', (name, expected) => {
    expect(isTimezone(name)).toBe(expected);
  });

  test('a name that is none is an error where it comes that far', () => {
    expect(() => clockOf('Europe/Berln')).toThrow(RangeError);
  });
});

describe('several windows', () => {
  test.each<[string, string, readonly object[], string]>([
    ['none', '2026-11-06T12:00:00Z', [], 'free'],
    ['of another stage', '2026-11-06T12:00:00Z', [{ days: ['fri'], stages: ['staging'] }], 'free'],
    [
      'of this stage',
      '2026-11-06T12:00:00Z',
      [{ days: ['fri'], stages: ['staging', 'production'] }],
      '2026-11-07T00:00Z',
    ],
    [
      'one after the other',
      '2026-11-06T12:00:00Z',
      [{ days: ['fri'] }, { from: '2026-11-07T00:00:00Z', to: '2026-11-07T08:00:00Z' }],
      '2026-11-07T08:00Z',
    ],
    ['with a gap', '2026-11-06T12:00:00Z', [{ days: ['fri'] }, { days: ['sun'] }], '2026-11-07T00:00Z'],
    [
      'within one another',
      '2026-11-06T12:00:00Z',
      [{ days: ['fri'] }, { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' }],
      '2026-12-01T00:00Z',
    ],
    [
      'for years, and then a week’s',
      '2026-11-06T12:00:00Z',
      [{ days: ['fri'] }, { from: '2026-11-01T00:00:00Z', to: '2030-11-01T12:00:00Z' }],
      '2030-11-02T00:00Z',
    ],
  ])('%s', (_, now, windows, expected) => {
    expect(at(now, ...windows)).toBe(expected);
  });

  test('the first that is active is named', () => {
    const windows = [
      { days: ['sat'], reason: 'a' },
      { days: ['fri'], reason: 'b' },
      { days: ['fri'], reason: 'c' },
    ];
    const found = activeFreeze(
      windows.map((one) => FreezeWindow.parse(one)),
      PRODUCTION,
      new Date('2026-11-06T12:00:00Z'),
    );
    expect(found?.window.reason).toBe('b');
  });
});

test('the end that is told is the first minute that is free', () => {
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);
  const window = fc.record({
    days: fc.subarray(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], { minLength: 1, maxLength: 3 }),
    from: time,
    to: time,
    timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'),
  });
  const moment = fc.integer({ min: Date.UTC(2026, 2, 1) / 1000, max: Date.UTC(2026, 10, 30) / 1000 });
  fc.assert(
    fc.property(
      window.filter(({ from, to }) => from !== to),
      moment,
      (drawn, seconds) => {
        const windows = [FreezeWindow.parse(drawn)];
        const found = activeFreeze(windows, PRODUCTION, new Date(seconds * 1000));
        if (found === null) return;
        const end = found.endsAt ?? new Date(0);
        expect(activeFreeze(windows, PRODUCTION, end)).toBeNull();
        expect(activeFreeze(windows, PRODUCTION, new Date(end.getTime() - 1000))).not.toBeNull();
      },
    ),
    { numRuns: 60 },
  );
});
