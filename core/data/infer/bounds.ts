import type { DraftOptions } from '../contract-text/draft.ts';
import type { ColumnProfile } from '../report/profile.ts';

/** Beyond what was seen, as a share of the span: tomorrow's data is not quite today's. */
const MARGIN = 0.1;

/** Bounds of a number column with some margin, rounded outwards; a column that is never negative stays so. */
export function numberBounds({ min, max, type }: ColumnProfile): DraftOptions {
  const [low, high] = [Number(min ?? Number.NaN), Number(max ?? Number.NaN)];
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) return {};
  // A bound on an integer that doubles can't hold would not be the bound that was meant.
  if (type === 'integer' && !(Number.isSafeInteger(low) && Number.isSafeInteger(high))) return {};
  if (low >= 0 && high <= 1 && type === 'number') return { minimum: 0, maximum: 1 };
  const span = high - low || Math.max(Math.abs(high), 1);
  const room = span * MARGIN;
  const step = 10 ** Math.floor(Math.log10(span)) / 10;
  if (!Number.isFinite(room) || !Number.isFinite(step) || step === 0) return {};
  const minimum =
    low >= 0 ? Math.max(0, outwards(low - room, step, Math.floor)) : outwards(low - room, step, Math.floor);
  const maximum =
    high <= 0 ? Math.min(0, outwards(high + room, step, Math.ceil)) : outwards(high + room, step, Math.ceil);
  if (!(Number.isFinite(minimum) && Number.isFinite(maximum) && minimum <= low && maximum >= high)) return {};
  return type === 'integer' ? { minimum: Math.floor(minimum), maximum: Math.ceil(maximum) } : { minimum, maximum };
}

function outwards(value: number, step: number, round: (value: number) => number): number {
  // Without the digits that binary fractions add: 3 · 0.1 is 0.30000000000000004.
  return Number((round(value / step) * step).toPrecision(12));
}

/** Dates go on, so that the past is bounded closely and the future by years: 9999-12-31 stands for a date that nobody knows. */
const YEARS_AHEAD = 10;

/** From the beginning of the year before the first to the end of the tenth year after the last. */
export function dateBounds({ min, max, type }: ColumnProfile): DraftOptions {
  const [first, last] = [yearOf(min), yearOf(max) + YEARS_AHEAD];
  return {
    ...(first >= 1 ? { minimum: momentOf(first - 1, type, '01-01', '00:00:00') } : {}),
    ...(last <= 9999 ? { maximum: momentOf(last, type, '12-31', '23:59:59') } : {}),
  };
}

function yearOf(text: string | null): number {
  return Number(/^(\d{4})-\d{2}-\d{2}/.exec(text ?? '')?.[1] ?? Number.NaN);
}

function momentOf(year: number, type: ColumnProfile['type'], day: string, time: string): string {
  const date = `${String(year).padStart(4, '0')}-${day}`;
  return type === 'date' ? date : `${date}T${time}Z`;
}

/** Room for half as much again; a column whose texts all have one length keeps it. */
export function lengthBounds({ minLength, maxLength, distinct }: ColumnProfile): DraftOptions {
  if (minLength === null || maxLength === null) return {};
  if (minLength === maxLength && (distinct ?? 2) > 1) return { minLength, maxLength };
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(maxLength, 1))));
  const room = Math.ceil((maxLength * 1.5) / step) * step;
  return minLength > 0 ? { minLength: 1, maxLength: room } : { maxLength: room };
}
