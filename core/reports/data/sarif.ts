import type { DataReport, ReportFinding, RuleResult } from '../../data/report/data-report.ts';
import { plainLine } from '../characters.ts';
import { ruleMessage, ruleTitle, violations } from './words.ts';

/** GitHub takes 25,000 results of a run and shows 5,000. */
const MAX_RESULTS = 5000;

interface Level {
  readonly level: 'error' | 'warning';
}

/**
 * The report as SARIF 2.1.0 for code scanning: one result per finding at its line, one per rule without findings at the
 * contract's line. What was not checked is an error of its own; what is waived is suppressed, with owner and reason.
 *
 * @returns JSON text
 */
export function reportToSarif(report: DataReport, tool: { readonly version: string }): string {
  const covered = new Set(report.findings.map(({ rule, column }) => JSON.stringify([rule, column])));
  const open = report.rules.filter((rule) => rule.status !== 'passed' && !covered.has(ruleKey(rule)));
  const results = [
    ...report.findings.map((finding) => findingResult(finding, report)),
    ...open.map((rule) => ruleResult(rule, report)),
    ...(report.status === 'passed' || report.reason === null ? [] : [reasonResult(report, report.reason)]),
  ].slice(0, MAX_RESULTS);
  const ids = [...new Set(results.map(({ ruleId }) => ruleId))].sort();
  const driver = {
    name: 'Trainyard data',
    semanticVersion: tool.version,
    rules: ids.map((id) => ({ id, name: id, shortDescription: { text: ruleWords(id) } })),
  };
  const notifications = report.approximate.map((text) => ({ level: 'note', message: { text: sarifText(text) } }));
  const run = {
    tool: { driver },
    automationDetails: { id: `trainyard-data/${encodeURIComponent(plainLine(report.dataset, 200))}/` },
    columnKind: 'utf16CodeUnits',
    invocations: [{ executionSuccessful: report.status !== 'not_checked', toolExecutionNotifications: notifications }],
    results: results.map(({ ruleId, ...rest }) => ({ ruleId, ruleIndex: ids.indexOf(ruleId), ...rest })),
  };
  const $schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
  return `${JSON.stringify({ $schema, version: '2.1.0', runs: [run] }, null, 2)}\n`;
}

function ruleKey({ rule, columns }: RuleResult): string {
  return JSON.stringify([rule, columns.length === 0 ? null : columns.join(', ')]);
}

/** A file without lines can't be shown at one: there the rule is, in the contract. */
function findingResult(finding: ReportFinding, { contract, rules }: DataReport) {
  const { rule, severity, file, line, column, message } = finding;
  const key = JSON.stringify([rule, column]);
  const atRule = line === null && contract !== null && file !== contract;
  const contractLine = atRule ? (rules.find((one) => ruleKey(one) === key)?.contractLine ?? null) : null;
  const text = `${atRule ? `${file}: ` : ''}${column === null ? '' : `${column}: `}${message}`;
  return {
    ruleId: ruleId(rule),
    ...levelOf(severity),
    message: { text: sarifText(text) },
    locations: [atRule ? place(contract, contractLine) : place(file, line)],
  };
}

function ruleResult(rule: RuleResult, report: DataReport) {
  const { contractLine, examples, severity, waiver } = rule;
  const rows = violations(rule);
  const text = `${ruleTitle(rule)}: ${ruleMessage(rule)}${rows === '' ? '' : `; ${rows}`}`;
  const [first] = examples;
  const data = report.files[0]?.path ?? report.dataset;
  const atData = place(first?.file ?? data, first?.line ?? null);
  const atContract = report.contract === null ? null : place(report.contract, contractLine);
  const locations = first?.line == null && atContract !== null ? [atContract] : [atData];
  return {
    ruleId: ruleId(rule.rule),
    ...levelOf(severity),
    message: { text: sarifText(text) },
    locations,
    ...(waiver === null ? {} : { suppressions: [suppression(waiver)] }),
  };
}

function suppression({ owner, reason, expires }: NonNullable<RuleResult['waiver']>) {
  const justification = sarifText(`${owner}: ${reason} (until ${expires})`);
  return { kind: 'external', status: 'accepted', justification };
}

function reasonResult(report: DataReport, reason: string) {
  const data = report.files[0]?.path ?? null;
  const hasLines = report.format !== 'parquet' && report.format !== 'arrow';
  const where = (hasLines ? (data ?? report.contract) : (report.contract ?? data)) ?? report.dataset;
  const text = `${report.status === 'not_checked' ? 'not checked: ' : ''}${reason}`;
  return {
    ruleId: report.status,
    ...levelOf('fail'),
    message: { text: sarifText(text) },
    locations: [place(where, null)],
  };
}

function levelOf(severity: 'warn' | 'fail'): Level {
  return { level: severity === 'fail' ? 'error' : 'warning' };
}

function place(file: string, line: number | null) {
  return {
    physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line ?? 1 } },
  };
}

/** A relative reference for a path, `file:` for an absolute one, an address as it is; every other character encoded. */
export function uriOf(path: string): string {
  const [, scheme = '', rest = ''] = /^((?:https?|s3|gs|az):\/\/)?(.*)$/s.exec(path) ?? [];
  const encoded = rest.split(/[/\\]/).map(encodePart).join('/');
  if (scheme !== '') return `${scheme}${encoded}`;
  if (encoded.startsWith('/')) return `file://${encoded.replace(/^\/+/, '/')}`;
  return encoded;
}

/** Lone surrogates, which no URI can hold, become U+FFFD. */
function encodePart(part: string): string {
  return encodeURIComponent(part.toWellFormed());
}

function ruleId(rule: string): string {
  return rule.replace(/[^\w.-]+/g, '_') || 'rule';
}

function ruleWords(id: string): string {
  return `Data rule: ${id.replaceAll('_', ' ')}`;
}

/** One clean line in which nothing is a link or placeholder of SARIF (sections 3.11.5 and 3.11.6). Never empty. */
function sarifText(text: string): string {
  return plainLine(text, 1000).replace(/\](?=\()|\{(?=\d)/g, '$&\u2060') || '(empty)';
}
