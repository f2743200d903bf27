import type { FreshnessRule } from '../contract-model.ts';
import { cut, type Measured } from './measured.ts';

/** Clocks differ, and a date is ahead of UTC where the day begins earlier. In milliseconds. */
const AHEAD = 86_400_000;

/**
 * Judges whether the newest value of a column is recent enough. A date is taken as its first moment in UTC.
 * @param newest milliseconds since 1970; null where the column has no value
 * @param now as `newest`
 */
export function judgeFreshness(rule: FreshnessRule, newest: number | null, rows: number, now: number): Measured {
  const limit = `at most ${duration(rule.seconds)} old at ${time(now)}`;
  const about = {
    ...{ rule: rule.property, columns: [rule.column], severity: rule.severity, contractLine: rule.line },
    ...{ expected: `a newest value ${limit}`, count: null, of: rows, tolerance: null, label: '', search: null },
  };
  if (newest === null) return { ...about, status: 'not_checked', found: 'the column holds no time' };
  const age = (now - newest) / 1000;
  // A single row from the future would make all data look fresh for ever.
  if (newest > now + AHEAD)
    return {
      ...about,
      status: 'not_checked',
      found: cut(`the newest value ${time(newest)} is in the future, so it says nothing about age`),
    };
  const found = `the newest value is of ${time(newest)}, ${age < 0 ? 'just now' : `${duration(age)} old`}`;
  return { ...about, status: age <= rule.seconds ? 'passed' : 'failed', found: cut(found) };
}

export function freshnessNotChecked(rule: FreshnessRule, why: string): Measured {
  return {
    ...judgeFreshness(rule, null, 0, 0),
    expected: `a newest value at most ${duration(rule.seconds)} old`,
    found: cut(why),
  };
}

function time(milliseconds: number): string {
  return Math.abs(milliseconds) <= 8.64e15 ? new Date(milliseconds).toISOString() : `${milliseconds} ms after 1970`;
}

const UNITS = [
  [86_400, 'days'],
  [3600, 'hours'],
  [60, 'minutes'],
] as const;

function duration(seconds: number): string {
  const [size, name] = UNITS.find(([unit]) => seconds >= 2 * unit) ?? [1, 'seconds'];
  return `${Number((seconds / size).toPrecision(3))} ${name}`;
}
