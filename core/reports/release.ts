import { formatNumber } from '../evaluation/numbers.ts';
import type { RunRecord } from '../ledger/run.ts';
import type { Version } from '../names.ts';
import { codeSpan, escapeMarkdown, table } from './markdown.ts';

/** The body of a version's release: what was promoted, and by which evidence. Markdown. */
export function renderRelease({
  record,
  version,
  overrides = [],
}: {
  readonly record: RunRecord;
  readonly version: Version;
  /** Gates that failed and were overridden, in words. */
  readonly overrides?: readonly string[];
}): string {
  const { state } = record;
  const judged = state.state === 'judged' ? state : null;
  const rows: [string, string][] = [
    ['Model', codeSpan(`${record.model}@v${version}`)],
    ['Run', codeSpan(record.run)],
    ['Trained from', codeSpan(record.commit)],
    ['Asked for by', codeSpan(record.requestedBy)],
    ['Source', codeSpan(`sha256:${record.fingerprint.source}`)],
    ['Request', codeSpan(`sha256:${record.fingerprint.request}`)],
    ['Policy', codeSpan(`sha256:${record.policy.digest}`)],
    ['Package', codeSpan(`sha256:${judged?.package?.sha256 ?? 'none'}`)],
    ...overrides.map((words): [string, string] => ['Gate overridden', escapeMarkdown(words)]),
  ];
  const gates = (judged?.gates ?? []).map((gate) => [
    codeSpan(gate.metric),
    gate.value === null ? 'missing' : formatNumber(gate.value),
    gate.verdict === 'pass' ? '✅' : escapeMarkdown(gate.verdict.replaceAll('_', ' ')),
    escapeMarkdown(gate.explanation),
  ]);
  const blocks = [table(['What', 'Value'], rows)];
  if (gates.length > 0) blocks.push(table(['Metric', 'Value', 'Gate', 'Why'], gates));
  return blocks.join('\n\n');
}
