import type { ColumnProfile } from '../report/profile.ts';

/** Whether spaces stand around the name of the column or around some of its values. */
export function isPadded({ name, min, max, top }: ColumnProfile): boolean {
  return [name, min, max, ...top.map(({ value }) => value)].some(
    (text) => text !== null && (text.startsWith(' ') || text.endsWith(' ')),
  );
}
