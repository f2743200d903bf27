import type { STRING_FORMATS } from '../report/profile.ts';
import { textFormat } from '../text-format.ts';

type Format = (typeof STRING_FORMATS)[number];

/** Formats that text may have without being meant as a date: those are types of their own. */
const TRIED = (['uuid', 'email', 'url', 'json'] as const).flatMap((name) => {
  const format = textFormat(name);
  return format === null ? [] : [{ name, format }];
});
/** Fewer values look alike by chance. */
const FEWEST = 5;
/** Longer texts are documents, and what they look like costs more than it tells. In UTF-16 code units. */
const LONGEST = 10_000;

/** The format that all values of a column of text have; null where they have none. Most columns lose all with their first value. */
export function commonFormat(values: Iterable<string>): Format | null {
  let left = TRIED;
  let seen = 0;
  for (const value of values) {
    seen += 1;
    // A number or a word in quotes is JSON, too, and says nothing.
    left = left.filter(({ name, format }) => {
      return value.length <= LONGEST && (name !== 'json' || /^\s*[[{]/.test(value)) && format.test(value);
    });
    if (left.length === 0) return null;
  }
  return seen < FEWEST ? null : (left[0]?.name ?? null);
}
