import type { CategoryCounts } from './categories.ts';
import type { NumberCounts } from './number-counts.ts';

/** What is known of one column on one side: exact value counts, or those of a sketch over the same cells as the other side. */
export type ColumnSample =
  | { readonly kind: 'numbers'; readonly counts: NumberCounts; readonly nulls: number }
  | {
      readonly kind: 'categories';
      readonly counts: CategoryCounts;
      readonly nulls: number;
      /** Rows whose category is not among `counts`; 0 where they are complete. */
      readonly others: number;
    };

/** Values that are not null. */
export function sampleSize(sample: ColumnSample): number {
  switch (sample.kind) {
    case 'numbers':
      return sample.counts.total;
    case 'categories': {
      let total = sample.others;
      for (const count of sample.counts.values()) total += count;
      return total;
    }
  }
}
