import { MAX_CONTRACT, parseContract } from '../../core/data/contract.ts';
import type { ContractColumn, DataContract, QualityRule } from '../../core/data/contract-model.ts';
import { type ContractDraft, type DraftType, PLAIN_COLUMN } from '../../core/data/contract-text/draft.ts';
import { writeContract } from '../../core/data/contract-text/write.ts';
import { AGAINST_BASE_DEFAULTS } from '../../core/data/diff/against-base.ts';
import { looksLikeRow } from '../../core/data/infer/first-row.ts';
import { inferDraft } from '../../core/data/infer/infer.ts';
import { candidateKeys } from '../../core/data/infer/keys.ts';
import { loosened } from '../../core/data/infer/loosen.ts';
import { missingAdvice, missingMarker } from '../../core/data/infer/missing.ts';
import { mostlyAdvice, mostType } from '../../core/data/infer/mostly.ts';
import type { DataReport } from '../../core/data/report/data-report.ts';
import type { ColumnProfile } from '../../core/data/report/profile.ts';
import { NO_SETTINGS } from '../../core/data/table-settings.ts';
import { DIALECT } from '../../core/data/text/dialect.ts';
import { RepoPath } from '../../core/names.ts';
import { type CheckDataPorts, type CheckDataRequest, checkData } from './check-data.ts';

export type DraftContractRequest = Pick<CheckDataRequest, 'dataset' | 'data' | 'limits' | 'today'>;

type Drafted = Extract<DraftContract, { ok: true }>;

/** What a person may want to do about a column's values before the contract asks more of them. */
export interface ColumnAdvice {
  readonly column: string;
  readonly text: string;
}

export type DraftContract =
  | { readonly ok: true; readonly contract: string; readonly rows: number; readonly advice: readonly ColumnAdvice[] }
  | { readonly ok: false; readonly reason: string };

/** Rounds in which what the data does not meet is left out. */
const MAX_LOOSENED = 4;

/** A contract that asks for nothing: to look at data is to check it against this. */
export const NOTHING: DataContract = {
  file: RepoPath.parse('contract.odcs.yaml'),
  name: 'data',
  columns: [],
  rules: [],
  sqlRules: [],
  foreignKeys: [],
  freshness: [],
  aggregates: [],
  labels: [],
  settings: NO_SETTINGS,
  waivers: [],
  notChecked: [],
  againstBase: AGAINST_BASE_DEFAULTS,
};

/** Looks at data and writes the contract that it meets. Keys of several columns are tried, not guessed. */
export async function draftContract(request: DraftContractRequest, ports: CheckDataPorts): Promise<DraftContract> {
  const { seen, plain } = await look(request, ports);
  if (seen.rows === null || seen.columns.length === 0)
    return { ok: false, reason: seen.reason ?? 'the data has no columns' };
  const names = new Set<string>();
  const twice = seen.columns.find(({ name }) => names.size === names.add(name).size);
  if (twice !== undefined) {
    const name = JSON.stringify(twice.name);
    return {
      ok: false,
      reason: `several columns are named ${name}, and a contract tells them apart by name: rename them`,
    };
  }
  const candidates = candidateKeys(seen.columns);
  const keys = candidates.length === 0 ? [] : await keysAmong(candidates, seen.columns, plain, request, ports);
  const { dataset, data: path } = request;
  const inferred = inferDraft({ dataset, path, rows: seen.rows, columns: seen.columns, keys });
  const draft = plain.dialect === undefined ? inferred : withoutHeader(inferred);
  if (draft.columns.length === 0)
    return { ok: false, reason: 'no column of the data has a name that a contract can use' };
  const missing = seen.columns.flatMap((column) => {
    const marker = missingMarker(column);
    return marker === null ? [] : [{ column: column.name, text: missingAdvice(marker) }];
  });
  const mostly = await nearlyTyped(draft, seen.columns, request, ports);
  const columns = draft.columns.map((column) => {
    const added = mostly.filter((one) => one.column === column.name).map(({ text }) => text);
    return { ...column, comments: [...column.comments, ...added] };
  });
  return met({ ...draft, columns }, { rows: seen.rows, advice: [...missing, ...mostly] }, request, ports);
}

/** What the data holds, and the contract under which it was looked at. The first line is no header where it looks like the rows. */
async function look(
  request: DraftContractRequest,
  ports: CheckDataPorts,
): Promise<{ readonly seen: DataReport; readonly plain: DataContract }> {
  const seen = await checkData(requestOf(request, NOTHING), ports);
  if ((seen.format !== 'csv' && seen.format !== 'tsv') || !looksLikeRow(seen.columns)) return { seen, plain: NOTHING };
  const plain = { ...NOTHING, dialect: { header: false } };
  const again = await checkData(requestOf(request, plain), ports);
  const columns = again.columns.map((column, at) => ({ ...column, name: `column_${at + 1}` }));
  return { seen: { ...again, columns }, plain };
}

function withoutHeader(draft: ContractDraft): ContractDraft {
  const comments = [
    'The first line looks like the other rows, so it is taken for one: name the columns here. If it is a header,',
    'drop header: false, and name the columns as it does.',
  ];
  const settings = { ...draft.settings, [DIALECT]: { header: false } };
  return { ...draft, comments: [...draft.comments, ...comments], settings };
}

/** Columns of text in which few values are of no other type, told by trying that type on all of the data. */
async function nearlyTyped(
  draft: ContractDraft,
  columns: readonly ColumnProfile[],
  request: DraftContractRequest,
  ports: CheckDataPorts,
): Promise<readonly ColumnAdvice[]> {
  const tried = new Map<string, DraftType>();
  const open = new Set(draft.columns.filter(({ values }) => values === null).map(({ name }) => name));
  for (const column of columns) {
    const type = open.has(column.name) ? mostType(column) : null;
    if (type !== null) tried.set(column.name, type);
  }
  if (tried.size === 0) return [];
  const typed = [...tried].map(([name, logicalType]) => ({ ...PLAIN_COLUMN, name, logicalType }));
  const settings = { ...draft.settings, trainyardExtraColumns: 'allow' };
  const trial = { ...draft, comments: [], columns: typed, rowCount: null, unique: [], settings };
  const parsed = parseContract(fitting(trial), { file: NOTHING.file });
  if (!parsed.ok) return [];
  const { rules } = await checkData(requestOf(request, parsed.contract), ports);
  return rules.flatMap((result) => {
    const [column = ''] = result.columns;
    const type = result.rule === 'type' ? tried.get(column) : undefined;
    const text = type === undefined ? null : mostlyAdvice(type, result);
    return text === null ? [] : [{ column, text }];
  });
}

/** The draft as far as the data meets it, which is tried: a profile does not tell everything. */
async function met(
  draft: ContractDraft,
  seen: Pick<Drafted, 'rows' | 'advice'>,
  request: DraftContractRequest,
  ports: CheckDataPorts,
): Promise<DraftContract> {
  let last = draft;
  // A value counts for the first rule that it violates, so that each rule that goes may show another.
  for (let left = MAX_LOOSENED; left > 0; left -= 1) {
    const contract = fitting(last);
    const parsed = parseContract(contract, { file: NOTHING.file });
    if (!parsed.ok) return { ok: false, reason: `no contract can say it: ${parsed.problems[0]?.message ?? ''}` };
    const next = loosened(last, await checkData(requestOf(request, parsed.contract), ports));
    if (next === null) return { ok: true, contract, ...seen };
    last = next;
  }
  return { ok: true, contract: fitting(last), ...seen };
}

/** Of thousands of columns, as much as a contract may hold: first the comments go, then ranges and sets of values. */
function fitting(draft: ContractDraft): string {
  const whole = writeContract(draft);
  if (whole.length <= MAX_CONTRACT) return whole;
  const left = `${draft.columns.length} columns: comments were left out, to keep the contract within ${MAX_CONTRACT} characters.`;
  const compact = writeContract({ ...draft, comments: [...draft.comments, left] }, true);
  if (compact.length <= MAX_CONTRACT) return compact;
  const most = `${draft.columns.length} columns: ranges, sets of values and comments were left out, to keep the contract within ${MAX_CONTRACT} characters.`;
  const columns = draft.columns.map((column) => ({ ...column, options: {}, values: null, physicalType: null }));
  return writeContract({ ...draft, columns, comments: [...draft.comments, most] }, true);
}

function requestOf(request: DraftContractRequest, contract: DataContract): CheckDataRequest {
  return { ...request, contract, contractFile: contract.file, base: null };
}

/** The candidates that occur once for each row; of two of which one holds the other, the smaller. */
async function keysAmong(
  candidates: readonly (readonly string[])[],
  columns: readonly ColumnProfile[],
  plain: DataContract,
  request: DraftContractRequest,
  ports: CheckDataPorts,
): Promise<readonly (readonly string[])[]> {
  const contract = { ...plain, columns: columns.map(declared), rules: candidates.map(uniqueTogether) };
  const report = await checkData(requestOf(request, contract), ports);
  const unique = candidates.filter((_, at) => holds(report, at + 1));
  return unique
    .filter((set) => !unique.some((other) => other !== set && other.every((name) => set.includes(name))))
    .slice(0, 1);
}

function holds(report: DataReport, line: number): boolean {
  const results = report.rules.filter(({ contractLine, columns }) => contractLine === line && columns.length > 1);
  return results.length > 0 && results.every(({ status }) => status === 'passed');
}

function declared({ name }: ColumnProfile): ContractColumn {
  const none = { minimum: null, maximum: null, multipleOf: null, minLength: null, maxLength: null };
  const options = { ...none, pattern: null, textFormat: null, values: null, format: null, timezone: null };
  const lenient = {
    severity: 'fail',
    tolerance: null,
    personal: false,
    constant: null,
    outliers: null,
    shape: null,
  } as const;
  return { name, line: 1, logicalType: null, required: false, unique: false, primaryKey: null, options, ...lenient };
}

/** The place of the candidate stands for a line, by which its result is found again. */
function uniqueTogether(columns: readonly string[], at: number): QualityRule {
  const conditions = [{ operator: 'mustBe', operands: [0] }] as const;
  const plain = { missingValues: [], validValues: null, pattern: null, severity: 'fail', label: '' } as const;
  return { metric: 'duplicateValues', columns, unit: 'rows', conditions, ...plain, line: at + 1 };
}
