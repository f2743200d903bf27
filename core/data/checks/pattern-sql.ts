import { type PatternNode, PatternParser } from '../pattern-syntax.ts';

/** RE2's own limit on a counted repetition; nested ones multiply. */
const MAX_REPEAT = 1000;

/**
 * A pattern that `compilePattern` took, in the syntax of RE2 (DuckDB's, linear in the text as well), with the same
 * meaning: sets are written out as code points, so no dialect decides what `\s` or `.` is. Null where RE2 can't.
 */
export function toRe2(source: string): string | null {
  const tree = new PatternParser(source).parse();
  return largestRepeat(tree) > MAX_REPEAT ? null : write(tree);
}

function write(node: PatternNode): string {
  switch (node.kind) {
    case 'set': {
      const ranges = node.ranges.map(([low, high]) => (low === high ? point(low) : `${point(low)}-${point(high)}`));
      // A set of nothing matches nothing; RE2 has no empty class.
      return ranges.length === 0 ? '[^\\x{0}-\\x{10FFFF}]' : `[${ranges.join('')}]`;
    }
    case 'start':
      return '\\A';
    case 'end':
      return '\\z';
    case 'sequence':
      return node.items.map(write).join('');
    case 'choice':
      return `(?:${node.items.map(write).join('|')})`;
    case 'repeat': {
      const max = node.max === Number.POSITIVE_INFINITY ? '' : String(node.max);
      return `(?:${write(node.item)}){${node.min},${max}}`;
    }
  }
}

function point(code: number): string {
  return `\\x{${code.toString(16).toUpperCase()}}`;
}

function largestRepeat(node: PatternNode): number {
  switch (node.kind) {
    case 'set':
    case 'start':
    case 'end':
      return 1;
    case 'sequence':
    case 'choice':
      return Math.max(1, ...node.items.map(largestRepeat));
    case 'repeat': {
      const own = node.max === Number.POSITIVE_INFINITY ? node.min : node.max;
      return Math.max(1, own) * largestRepeat(node.item);
    }
  }
}
