import { isCsv } from '../../core/data/checks/source-sql.ts';
import { parseContract } from '../../core/data/contract.ts';
import type { ContractColumn, DataContract, QualityRule } from '../../core/data/contract-model.ts';
import type { ContractDraft } from '../../core/data/contract-text/draft.ts';
import { fitting } from '../../core/data/contract-text/fit.ts';
import { AGAINST_BASE_DEFAULTS } from '../../core/data/diff/against-base.ts';
import { looksLikeRow } from '../../core/data/infer/first-row.ts';
import { inferDraft } from '../../core/data/infer/infer.ts';
import { candidateKeys } from '../../core/data/infer/keys.ts';
import { loosened } from '../../core/data/infer/loosen.ts';
import { type ColumnAdvice, missingAdvice, missingMarker, takenForMissing } from '../../core/data/infer/missing.ts';
import { mostlyAdvice } from '../../core/data/infer/mostly.ts';
import { isPadded } from '../../core/data/infer/padding.ts';
import type { DataReport } from '../../core/data/report/data-report.ts';
import type { ColumnProfile } from '../../core/data/report/profile.ts';
import { NO_SETTINGS } from '../../core/data/table-settings.ts';
import { DIALECT, type Dialect } from '../../core/data/text/dialect.ts';
import { RepoPath } from '../../core/names.ts';
import { type CheckDataPorts, type CheckDataRequest, checkData } from './check-data.ts';
import { type CheckContract, missingTexts, type TriedTypes, tryTypes, withMissing } from './try-types.ts';

export type DraftContractRequest = Pick<CheckDataRequest, 'dataset' | 'data' | 'limits' | 'today'>;

type Drafted = Extract<DraftContract, { ok: true }>;

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
  const check: CheckContract = (contract) =>
    checkData({ ...request, contract, contractFile: contract.file, base: null }, ports);
  const first = await look(check);
  if (first.seen.rows === null || first.seen.columns.length === 0)
    return { ok: false, reason: first.seen.reason ?? 'the data has no columns' };
  const names = new Set<string>();
  const twice = first.seen.columns.find(({ name }) => names.size === names.add(name).size);
  if (twice !== undefined) {
    const name = JSON.stringify(twice.name);
    return {
      ok: false,
      reason: `several columns are named ${name}, and a contract tells them apart by name: rename them`,
    };
  }
  const { seen, plain, tried } = await withoutMissing(first, check);
  const rows = seen.rows ?? first.seen.rows;
  const candidates = candidateKeys(seen.columns);
  const keys = candidates.length === 0 ? [] : await keysAmong(candidates, seen.columns, plain, check);
  const { dataset, data: path } = request;
  const draft = asRead(inferDraft({ dataset, path, rows, columns: seen.columns, keys }), plain.dialect);
  if (draft.columns.length === 0)
    return { ok: false, reason: 'no column of the data has a name that a contract can use' };
  const missing = seen.columns.flatMap((column) => {
    const marker = missingMarker(column);
    return marker === null ? [] : [{ column: column.name, text: missingAdvice(marker) }];
  });
  const taken = takenForMissing(first.seen.columns, seen.columns, plain.dialect?.missing ?? []);
  const mostly = nearlyTyped(draft, tried);
  const columns = draft.columns.map((column) => {
    const added = [...taken, ...mostly].filter((one) => one.column === column.name).map(({ text }) => text);
    return { ...column, comments: [...column.comments, ...added] };
  });
  return met({ ...draft, columns }, { rows, advice: [...missing, ...taken, ...mostly] }, check);
}

/** What the data holds, and the contract under which it was looked at: one that states how it is written, and nothing else. */
interface Look {
  readonly seen: DataReport;
  readonly plain: DataContract;
}

/** The first line is no header where it looks like the rows. */
async function look(check: CheckContract): Promise<Look> {
  const first = await withoutSpaces(await check(NOTHING), check);
  if (!isCsv(first.seen) || !looksLikeRow(first.seen.columns)) return first;
  const plain = { ...NOTHING, dialect: { ...first.plain.dialect, header: false } };
  return { seen: await lookAgain(plain, check), plain };
}

/** Spaces around fields are no part of them where columns get a type or another name by that. */
async function withoutSpaces(seen: DataReport, check: CheckContract): Promise<Look> {
  const asIs = { seen, plain: NOTHING };
  if (!isCsv(seen) || !(seen.rows === null || seen.columns.some(isPadded))) return asIs;
  const plain = { ...NOTHING, dialect: { trim: true } };
  const trimmed = await check(plain);
  const typed = ({ columns }: DataReport): number => columns.filter(({ type }) => type !== 'string').length;
  const named = trimmed.columns.some(({ name }, at) => name !== seen.columns[at]?.name);
  return trimmed.rows !== null && (named || typed(trimmed) > typed(seen)) ? { seen: trimmed, plain } : asIs;
}

async function lookAgain(plain: DataContract, check: CheckContract): Promise<DataReport> {
  const seen = await check(plain);
  if (plain.dialect?.header !== false) return seen;
  return { ...seen, columns: seen.columns.map((column, at) => ({ ...column, name: `column_${at + 1}` })) };
}

/** The same where texts such as NA stand for missing values, as far as columns are of one type without them. */
async function withoutMissing({ seen, plain }: Look, check: CheckContract): Promise<Look & { tried: TriedTypes }> {
  const tried = await tryTypes(seen.columns, plain, check);
  // JSON has a null of its own.
  if (!isCsv(seen)) return { seen, plain, tried };
  let texts = await missingTexts(seen.columns, plain, tried, check);
  while (texts.size > 0) {
    const stated = withMissing(plain, texts);
    const again = await lookAgain(stated, check);
    const typed = new Set(again.columns.filter(({ type }) => type !== 'string').map(({ name }) => name));
    const kept = new Map([...texts].filter(([column]) => typed.has(column)));
    if (kept.size === texts.size)
      return { seen: again, plain: stated, tried: await tryTypes(again.columns, stated, check) };
    // Such as a postcode, which is text by its leading zero.
    texts = kept;
  }
  return { seen, plain, tried };
}

/** The draft of a contract that says how its data is to be read. */
function asRead(draft: ContractDraft, dialect: Dialect | undefined): ContractDraft {
  if (dialect === undefined) return draft;
  const comments = [
    ...(dialect.header === false
      ? [
          'The first line looks like the other rows, so it is taken for one: name the columns here. If it is a header,',
          'drop header: false, and name the columns as it does.',
        ]
      : []),
    ...(dialect.trim === true ? ['Spaces stand around fields: trim leaves them out.'] : []),
    ...(dialect.missing === undefined
      ? []
      : [
          'Columns are of one type without the texts under missing, so these are read as missing values, in every column.',
          'Drop one that is a value: NA is Namibia, too.',
        ]),
  ];
  return {
    ...draft,
    comments: [...draft.comments, ...comments],
    settings: { ...draft.settings, [DIALECT]: dialect },
  };
}

/** Columns of text in which few values are of no other type. */
function nearlyTyped(draft: ContractDraft, tried: TriedTypes): readonly ColumnAdvice[] {
  return draft.columns.flatMap(({ name, values, logicalType }) => {
    const one = values === null && logicalType === 'string' ? tried.get(name) : undefined;
    const text = one === undefined ? null : mostlyAdvice(one.type, one.result);
    return text === null ? [] : [{ column: name, text }];
  });
}

/** The draft as far as the data meets it, which is tried: a profile does not tell everything. */
async function met(
  draft: ContractDraft,
  seen: Pick<Drafted, 'rows' | 'advice'>,
  check: CheckContract,
): Promise<DraftContract> {
  let last = draft;
  // A value counts for the first rule that it violates, so that each rule that goes may show another.
  for (let left = MAX_LOOSENED; left > 0; left -= 1) {
    const contract = fitting(last);
    const parsed = parseContract(contract, { file: NOTHING.file });
    if (!parsed.ok) return { ok: false, reason: `no contract can say it: ${parsed.problems[0]?.message ?? ''}` };
    const next = loosened(last, await check(parsed.contract));
    if (next === null) return { ok: true, contract, ...seen };
    last = next;
  }
  return { ok: true, contract: fitting(last), ...seen };
}

/** The candidates that occur once for each row; of two of which one holds the other, the smaller. */
async function keysAmong(
  candidates: readonly (readonly string[])[],
  columns: readonly ColumnProfile[],
  plain: DataContract,
  check: CheckContract,
): Promise<readonly (readonly string[])[]> {
  const contract = { ...plain, columns: columns.map(declared), rules: candidates.map(uniqueTogether) };
  const report = await check(contract);
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
