import { formatNumber, formatSigned } from '../evaluation/numbers.ts';
import { codeBlock, codeSpan, details, escapeMarkdown, isPlainUrl, link, table } from './markdown.ts';
import { ruleLink } from './rule-link.ts';
import type { ArtifactFindingView, EvidenceView, MetricRowView, Mood, RunView, WaivedFindingView } from './view.ts';
import { count, duration, MOOD_SIGN, shortId } from './words.ts';

const STATES: Readonly<Record<RunView['state'], readonly [Mood, string]>> = {
  accepted: ['running', 'waiting to start'],
  training: ['running', 'training'],
  judging: ['running', 'trained; scanning and evaluating'],
  candidate: ['success', 'candidate: every gate passed'],
  overridden: ['attention', 'candidate, although gates failed: they were overridden'],
  held: ['failure', 'held'],
  failed: ['failure', 'failed'],
  cancelled: ['neutral', 'cancelled, its compute is released'],
  stale: ['attention', 'stale'],
};

/** Verdict, table, chart, then everything else folded. */
export function runSection(run: RunView): readonly string[] {
  const [mood, words] = STATES[run.state];
  const who = run.reused
    ? 'found by its fingerprint, not trained again'
    : `asked for by ${escapeMarkdown(run.requestedBy)}`;
  const time = run.seconds === null ? '' : ` · ${duration(run.seconds)}`;
  return [
    `### ${MOOD_SIGN[mood]} ${codeSpan(run.model)} ${words}`,
    ...reasons(run.reasons),
    ...reasons(run.notes ?? []),
    run.metrics.some(({ value }) => value !== null) ? metricTable(run) : '',
    reproduction(run),
    chart(run.chartUrl),
    artifactFindings(run.findings),
    waivedFindings(run.waived ?? []),
    parameters(run),
    selfReported(run),
    evidence(run),
    `<sub>Run ${codeSpan(run.run)} of ${codeSpan(shortId(run.commit))}, ${who}${time}${links(run)}</sub>`,
  ];
}

/** The first line of each as an item; what follows it, such as the end of a log, as code that can't pass for our words. */
function reasons(list: readonly string[]): readonly string[] {
  const split = list.map((reason) => reason.split(/\r\n|[\r\n]/));
  const items = split.map(([first = '']) => `- ${escapeMarkdown(first)}`).join('\n');
  const logs = split.flatMap(([, ...lines]) =>
    lines.join('').trim() === '' ? [] : [codeBlock(lines.join('\n'), 4000)],
  );
  return [items, ...logs];
}

function links(run: RunView): string {
  return run.links.map(({ text, url }) => ` · ${link(text, url)}`).join('');
}

function reproduction({ reproduction: found }: RunView): string {
  if (found == null) return '';
  const of = codeSpan(found.of);
  const lines = found.lines.map((line) => `- ${escapeMarkdown(line)}`).join('\n');
  if (found.kind === 'equal') return `**Reproduced**: the outputs are bit-equal to those of run ${of}.`;
  if (found.kind === 'unknown') return `**Not compared** with run ${of}:\n${lines}`;
  return `**Not reproduced**: the outputs differ from those of run ${of}.${lines === '' ? '' : `\n${lines}`}`;
}

function chart(url: string | null): string {
  return url !== null && isPlainUrl(url) ? `![Metrics of this run beside the version compared with](${url})` : '';
}

/** This run beside the version compared with, one metric a row; gated metrics first. */
export function metricTable(run: RunView): string {
  const rows = [...run.metrics].sort((a, b) => Number(a.gate === null) - Number(b.gate === null));
  const compared = rows.some((row) => row.reference !== null);
  const header = ['Metric', 'This run'];
  if (compared) header.push(run.comparedWith === null ? 'Compared with' : escapeMarkdown(run.comparedWith), 'Change');
  header.push('Gate');
  const cells = rows.map((row) => [
    codeSpan(row.metric),
    row.value === null ? 'missing' : `**${formatNumber(row.value, row.reference ?? undefined)}**`,
    ...(compared
      ? [row.reference === null ? '–' : formatNumber(row.reference, row.value ?? undefined), change(row)]
      : []),
    gate(row),
  ]);
  const right = compared ? (['left', 'right', 'right', 'right'] as const) : (['left', 'right'] as const);
  return table(header, cells, right);
}

function change({ value, reference, better }: MetricRowView): string {
  if (value === null || reference === null) return '–';
  const difference = value - reference;
  if (difference === 0) return 'same';
  const text = formatSigned(difference);
  if (better === null) return text;
  return `${text} ${difference > 0 === (better === 'higher') ? 'better' : 'worse'}`;
}

function gate({ gate: judged }: MetricRowView): string {
  if (judged === null) return '<sub>no gate</sub>';
  const explanation = escapeMarkdown(judged.explanation);
  switch (judged.verdict) {
    case 'pass':
    case 'first_version':
      return `✅ ${explanation}`;
    case 'fail':
      return `❌ ${explanation}`;
    case 'missing':
      return `❌ missing: ${explanation}`;
  }
}

function artifactFindings(findings: readonly ArtifactFindingView[]): string {
  if (findings.length === 0) return '';
  const rows = findings
    .slice(0, 20)
    .map(({ severity, rule, file, offset, message, evidence, fix }) => [
      severity,
      ruleLink(rule),
      `${codeSpan(file, 120)}${offset === undefined ? '' : ` at byte ${offset}`}`,
      `${escapeMarkdown(message, 300)}${evidence === undefined ? '' : `: ${codeSpan(evidence, 120)}`}`,
      escapeMarkdown(fix, 200),
    ]);
  const more = findings.length > 20 ? `\n\n${count(findings.length - 20, 'more finding')} in the evidence.` : '';
  return `**Scan of the artifacts**\n\n${table(['Severity', 'Rule', 'File', 'Found', 'What to do'], rows)}${more}`;
}

function waivedFindings(waived: readonly WaivedFindingView[]): string {
  if (waived.length === 0) return '';
  const rows = waived
    .slice(0, 20)
    .map(({ rule, file, owner, reason, until }) => [
      ruleLink(rule),
      codeSpan(file, 120),
      escapeMarkdown(owner, 100),
      escapeMarkdown(reason, 300),
      escapeMarkdown(until, 10),
    ]);
  return details('Findings of the scan that policy waives', table(['Rule', 'File', 'Owner', 'Reason', 'Until'], rows));
}

function parameters({ parameters: list }: RunView): string {
  if (list.length === 0) return '';
  const items = list.map(({ name, value, committed }) => {
    const text = codeSpan(`${name} = ${value}`, 120);
    return committed === null ? text : `${text} (committed default: ${codeSpan(committed, 60)})`;
  });
  return `**Parameters** ${items.join(', ')}`;
}

function selfReported(run: RunView): string {
  if (run.selfReported.length === 0) return '';
  const rows = run.selfReported.map(({ metric, value }) => [codeSpan(metric), formatNumber(value)]);
  const body = table(['Metric', 'Value'], rows, ['left', 'right']);
  if (run.judgedBy === 'self-reported') {
    return `> [!WARNING]\n> By policy, the gates read what training reported of itself. Nobody measured it.\n\n${body}`;
  }
  return details('Metrics that training reported of itself (no gate reads them)', body);
}

function evidence({ evidence: found }: RunView): string {
  if (found === null) return '';
  const rows = evidenceRows(found).map(([name, value]) => [name, value]);
  return details('Evidence', table(['What', 'Value'], rows));
}

function evidenceRows(found: EvidenceView): readonly (readonly [string, string])[] {
  const envelope = found.envelope === null ? 'not signed yet' : codeSpan(found.envelope);
  return [
    ['Fingerprint: source', codeSpan(found.source)],
    ['Fingerprint: request', codeSpan(found.request)],
    ['Policy digest', codeSpan(found.policyDigest)],
    ['Package (SHA-256)', found.package === null ? 'none' : codeSpan(found.package)],
    ['Signed record (SHA-256)', found.url === null ? envelope : `${envelope} ${link('read it', found.url)}`],
    ['Sandbox of the model', found.sandbox === null ? 'not evaluated' : escapeMarkdown(found.sandbox)],
    ['Network of training', escapeMarkdown(found.network)],
    ...(found.trainedWith == null ? [] : [['Trained with', escapeMarkdown(found.trainedWith, 800)] as const]),
    ...(found.cost == null ? [] : [['Cost of training', escapeMarkdown(found.cost)] as const]),
    ...(found.overrides ?? []).map((words) => ['Gate overridden', escapeMarkdown(words)] as const),
  ];
}
