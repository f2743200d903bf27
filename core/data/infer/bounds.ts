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

/** Dates go on, so that only the past is bounded: by the beginning of the year before the first. */
export function dateBounds({ min, type }: ColumnProfile): DraftOptions {
  const year = Number(/^(\d{4})-\d{2}-\d{2}/.exec(min ?? '')?.[1] ?? Number.NaN);
  if (!(year >= 1)) return {};
  const day = `${String(year - 1).padStart(4, '0')}-01-01`;
  return { minimum: type === 'date' ? day : `${day}T00:00:00Z` };
}

/** Room for half as much again; a column whose texts all have one length keeps it. */
export function lengthBounds({ minLength, maxLength, distinct }: ColumnProfile): DraftOptions {
  if (minLength === null || maxLength === null) return {};
  if (minLength === maxLength && (distinct ?? 2) > 1) return { minLength, maxLength };
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(maxLength, 1))));
  const room = Math.ceil((maxLength * 1.5) / step) * step;
  return minLength > 0 ? { minLength: 1, maxLength: room } : { maxLength: room };
}
