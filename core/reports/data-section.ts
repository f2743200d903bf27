import { codeSpan, escapeMarkdown, isPlainUrl, link, table } from './markdown.ts';
import type { DatasetView, FindingView, Mood } from './view.ts';
import { count, MOOD_SIGN } from './words.ts';

const MOODS: Readonly<Record<DatasetView['status'], Mood>> = {
  passed: 'success',
  failed: 'failure',
  not_checked: 'failure',
  running: 'running',
};

/** One line a dataset; findings in a table below the ones that have any. */
export function dataSection(datasets: readonly DatasetView[]): readonly string[] {
  if (datasets.length === 0) return [];
  return ['### Data', ...datasets.flatMap((data) => [dataLine(data), loosenings(data), findingTable(data, 10)])];
}

function dataLine(data: DatasetView): string {
  const title = `${MOOD_SIGN[MOODS[data.status]]} ${codeSpan(data.dataset)} ${escapeMarkdown(dataTitle(data))}`;
  return data.checkUrl === null ? title : `${title} · ${link('check', data.checkUrl)}`;
}

/** One line for people, without the dataset's name and without markup. */
export function dataTitle(data: DatasetView): string {
  const rows = data.rows === null ? '' : ` in ${count(data.rows, 'row')}`;
  switch (data.status) {
    case 'passed':
      return data.rows === null ? 'meets its contract' : `meets its contract: ${count(data.rows, 'row')}`;
    case 'failed':
      return data.total > 0
        ? `breaks its contract: ${count(data.total, 'finding')}${rows}`
        : `failed: ${data.reason ?? 'no reason given'}`;
    case 'not_checked':
      return `not checked: ${data.reason ?? 'no reason given'}`;
    case 'running':
      return 'is being validated';
  }
}

export function loosenings({ loosenings: list }: DatasetView): string {
  if (list.length === 0) return '';
  const items = list.slice(0, 20).map((item) => `> - ${escapeMarkdown(item, 300)}`);
  if (list.length > 20) items.push(`> - ${count(list.length - 20, 'more loosening')}`);
  return `> [!IMPORTANT]\n> The contract is loosened, which needs its owner's approval:\n${items.join('\n')}`;
}

/** The first findings, and how many there are in all. */
export function findingTable(data: DatasetView, limit: number): string {
  if (data.findings.length === 0) return '';
  const rows = data.findings
    .slice(0, limit)
    .map((finding) => [place(finding), finding.column === null ? '–' : codeSpan(finding.column, 60), message(finding)]);
  const left = data.total - rows.length;
  const more =
    left > 0
      ? `\n\n${count(left, 'more finding')}${data.checkUrl === null ? '' : ` in the ${link('check', data.checkUrl)}`}.`
      : '';
  return `${table(['Where', 'Column', 'Finding'], rows)}${more}`;
}

function place({ file, line, url }: FindingView): string {
  const text = line === null ? file : `${file}:${line}`;
  if (url === null || !isPlainUrl(url)) return codeSpan(text, 160);
  return `[${codeSpan(text, 160)}](${url})`;
}

function message({ severity, message: text }: FindingView): string {
  return `${severity === 'warn' ? '⚠️ ' : ''}${escapeMarkdown(text, 300)}`;
}
