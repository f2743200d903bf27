import type { Distribution, DriftResult, RowDiff, RowExample, SchemaChange } from '../../data/report/base.ts';
import type { DataReport } from '../../data/report/data-report.ts';
import type { ColumnType } from '../../data/report/profile.ts';
import { formatNumber } from '../../evaluation/numbers.ts';
import { codeSpan, details, escapeMarkdown, table } from '../markdown.ts';
import { count } from '../words.ts';
import { breaksWords, comparedWith, driftCounts, leftOutWords, notComparedLines } from './base-words.ts';
import { onNumberLine, percent, whole } from './numbers.ts';

const MAX_CHANGES = 50;
const MAX_DRIFTED = 50;
const MAX_EXAMPLES = 12;
const MAX_CELLS = 4;
const MAX_LEFT = 20;

/** What changed against the base, as sections of a check's Markdown. Empty without a base. */
export function baseSections({ base, columns }: DataReport): readonly (readonly string[])[] {
  if (base === null) return [];
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const all = base.notCompared.some(({ what }) => what === 'all');
  const left = notComparedLines(base.notCompared);
  const shown = left.slice(0, MAX_LEFT).map((line) => `- ${escapeMarkdown(line, 300)}`);
  const more = left.length > MAX_LEFT ? [`- ${whole(left.length - MAX_LEFT)} more are in the full report`] : [];
  return [
    ['### Against the base', comparedWith(base, codeSpan(base.source, 200))],
    all ? [] : schemaSection(base.schema),
    base.diff === null ? [] : rowsSection(base.diff),
    driftSection(base.drift, driftCounts(base), types),
    left.length === 0 ? [] : [details('Not compared', [...shown, ...more].join('\n'), all)],
  ].filter((section) => section.length > 0);
}

function schemaSection(changes: readonly SchemaChange[]): readonly string[] {
  if (changes.length === 0) return ['The columns are the same.'];
  const items = changes
    .toSorted((a, b) => Number(a.compatible) - Number(b.compatible) || b.breaks.length - a.breaks.length)
    .slice(0, MAX_CHANGES)
    .map(({ compatible, breaks, message }) => {
      const sign = compatible
        ? 'compatible'
        : `${breaks.length > 0 ? '❌ ' : ''}${escapeMarkdown(breaksWords(breaks), 200)}`;
      return `- ${sign}: ${escapeMarkdown(message, 300)}`;
    });
  const more =
    changes.length > MAX_CHANGES ? [`- ${whole(changes.length - MAX_CHANGES)} more are in the full report`] : [];
  return [[...items, ...more].join('\n')];
}

function rowsSection(diff: RowDiff): readonly string[] {
  const { key, added, removed, changed, unchanged, columns, examples } = diff;
  const names = key.slice(0, 8).map((name) => codeSpan(name, 60));
  const counts = `${whole(added)} added, ${whole(removed)} removed, ${whole(changed)} changed, ${whole(unchanged)} unchanged`;
  const each = columns.slice(0, 8).map((one) => `${codeSpan(one.column, 60)} ${whole(one.changed)}`);
  const where = each.length === 0 ? '' : ` Changed: ${each.join(', ')}${columns.length > each.length ? ', …' : ''}.`;
  const shown = ['changed', 'added', 'removed'].flatMap((kind) =>
    examples.filter((one) => one.kind === kind).slice(0, MAX_EXAMPLES / 3),
  );
  const rows = shown.map((one) => [one.kind, lineCell(one), keyCell(one), cellsCell(one)]);
  const examplesTable = table(['', 'Line', 'Key', 'Base → this pull request'], rows);
  return [
    `Rows by key ${names.join(', ')}: ${counts}.${where}`,
    leftOutWords(diff),
    rows.length === 0 ? '' : details('Rows that differ', examplesTable),
  ];
}

function lineCell({ file, line, baseLine }: RowExample): string {
  if (line === null) return file === null ? '–' : codeSpan(file, 80);
  const here = `${file === null ? '' : `${codeSpan(file, 80)} `}${whole(line)}`;
  return baseLine === null || baseLine === line ? here : `${here} (base ${whole(baseLine)})`;
}

function keyCell({ key }: RowExample): string {
  return key.map((value) => shownValue(value)).join(', ');
}

function cellsCell({ cells }: RowExample): string {
  if (cells.length === 0) return '–';
  const shown = cells
    .slice(0, MAX_CELLS)
    .map(({ column, base, head }) => `${codeSpan(column, 40)}: ${shownValue(base)} → ${shownValue(head)}`);
  return [...shown, ...(cells.length > MAX_CELLS ? [`${cells.length - MAX_CELLS} more`] : [])].join('<br>');
}

function shownValue(value: string | null): string {
  return value === null ? 'null' : codeSpan(value, 40);
}

function driftSection(
  drift: readonly DriftResult[],
  { drifted, compared }: { readonly drifted: number; readonly compared: number },
  types: ReadonlyMap<string, ColumnType>,
): readonly string[] {
  if (compared === 0) return [];
  if (drifted === 0) return [`No drift in ${count(compared, 'column')}.`];
  const found = drift.filter((one) => one.drifted);
  const rows = found
    .slice(0, MAX_DRIFTED)
    .map((one) => [
      `${codeSpan(one.column, 40)}${one.of === 'nulls' ? '<br>share of nulls' : ''}`,
      shapeCell(one.distribution, types.get(one.column) ?? null),
      one.test.replaceAll('_', ' '),
      formatNumber(one.statistic, one.cutoff),
      formatNumber(one.cutoff, one.statistic),
      categoriesCell(one),
    ]);
  const header = ['Column', 'Base, then this pull request', 'Test', 'Statistic', 'Cut-off', 'New and lost categories'];
  const more = found.length > MAX_DRIFTED ? `${whole(found.length - MAX_DRIFTED)} more are in the full report.` : '';
  return [
    `Drift in ${whole(drifted)} of ${count(compared, 'column')}.`,
    details(
      'Drifted columns',
      [table(header, rows, ['left', 'left', 'left', 'right', 'right']), more].join('\n\n').trim(),
      true,
    ),
  ];
}

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const BARS = 12;

/** Both sides over the same bins, or the categories whose shares moved most. Markdown has room for no others. */
function shapeCell(distribution: Distribution | null, type: ColumnType | null): string {
  if (distribution === null) return '–';
  switch (distribution.kind) {
    case 'bins': {
      const { bins } = distribution;
      const [first, last] = [bins[0], bins.at(-1)];
      if (first === undefined || last === undefined) return '–';
      const base = sparkline(bins.map((bin) => bin.base));
      const head = sparkline(bins.map((bin) => bin.head));
      const width = (last.to - first.from) / bins.length;
      const range = `${onNumberLine(first.from, type, width)} to ${onNumberLine(last.to, type, width)}`;
      return `\`${base}\`<br>\`${head}\`<br>${escapeMarkdown(range, 80)}`;
    }
    case 'categories': {
      const { categories, other } = distribution;
      const [heads, bases] = [
        categories.reduce((sum, one) => sum + one.head, other.head),
        categories.reduce((sum, one) => sum + one.base, other.base),
      ];
      const shares = categories.map(({ value, head, base }) => ({
        value,
        head: heads === 0 ? 0 : head / heads,
        base: bases === 0 ? 0 : base / bases,
      }));
      const moved = shares.sort((a, b) => Math.abs(b.head - b.base) - Math.abs(a.head - a.base)).slice(0, MAX_CELLS);
      return (
        moved
          .map(({ value, head, base }) => `${codeSpan(value, 30)} ${percent(base)} → ${percent(head)}`)
          .join('<br>') || '–'
      );
    }
  }
}

/** Neighbouring bins are put together until they are few; each bar is a share of the side's fullest. */
function sparkline(counts: readonly number[]): string {
  const each = Math.max(1, Math.ceil(counts.length / BARS));
  const bars = Array.from({ length: Math.ceil(counts.length / each) }, (_, at) =>
    counts.slice(at * each, (at + 1) * each).reduce((sum, one) => sum + one, 0),
  );
  const highest = Math.max(...bars, 1);
  // What is not empty is never drawn as empty: an outlier is one row.
  const step = (bar: number): number =>
    bar === 0 ? 0 : Math.max(1, Math.round((bar / highest) * (BLOCKS.length - 1)));
  return bars.map((bar) => (bar === 0 ? '·' : (BLOCKS[step(bar)] ?? ''))).join('');
}

function categoriesCell({ newCategories, lostCategories }: DriftResult): string {
  const part = (name: string, values: readonly string[]): string[] => {
    if (values.length === 0) return [];
    const shown = values.slice(0, 5).map((value) => codeSpan(value, 40));
    return [`${name}: ${shown.join(', ')}${values.length > 5 ? `, ${whole(values.length - 5)} more` : ''}`];
  };
  return [...part('new', newCategories), ...part('lost', lostCategories)].join('<br>') || '–';
}
