import { type FindingFiles, findingsOf, ruleResults } from '../../core/data/checks/assemble.ts';
import { readingWords } from '../../core/data/checks/engine-words.ts';
import { cut } from '../../core/data/checks/measured.ts';
import { hasHeader } from '../../core/data/checks/source-sql.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import type { DataReport } from '../../core/data/report/data-report.ts';
import { statusOf } from '../../core/data/waivers.ts';
import { type ComparedBase, compareWithBase, nothingCompared } from './base.ts';
import { compareWithProfile, type StoredProfile } from './base-profile.ts';
import { blank, textFinding } from './blank-report.ts';
import { judgeDataset } from './dataset-rules.ts';
import type { MeasuredTable } from './drift-samples.ts';
import { identify } from './identify.ts';
import { withoutDoubt } from './lines.ts';
import { type Dataset, limitsFor } from './load.ts';
import { maskProfiles, personalColumns } from './masking.ts';
import { measureTable, type TableMeasures } from './measure.ts';
import { namedColumns } from './named-columns.ts';
import { type IdentifiedOthers, identifyOthers, type OtherData, OtherTables } from './others.ts';
import { maskExamples, placeExamples } from './place-examples.ts';
import { type DataEngine, DataEngineError, type DataEngines, type DataFiles, type EngineLimits } from './ports.ts';
import { type ReadDataset, readData, refuseChanged } from './read-data.ts';
import { keysOf } from './repeats.ts';
import { judgeSql } from './sql-rules.ts';
import { TableRules } from './table-rules.ts';
import { UnreadableData } from './unreadable.ts';

export interface CheckDataRequest {
  readonly dataset: string;
  /** A file, a folder or a glob. */
  readonly data: string;
  readonly contract: DataContract;
  /** How the report names the contract's file. */
  readonly contractFile: string;
  /** Data to compare with; null for none. */
  readonly base: string | null;
  /** A profile of the base that stands for its data. */
  readonly baseProfile?: StoredProfile | null;
  /** The models that read the dataset; null or absent where the caller does not know, and the contract says it. */
  readonly models?: readonly string[] | null;
  /** Datasets that foreign keys and overlaps of the contract speak of. */
  readonly others?: readonly OtherData[];
  /** Datasets that must share no row with this one, such as what a model is tested on. */
  readonly apartFrom?: readonly OtherData[];
  readonly limits: EngineLimits;
  /** What freshness is measured against; absent or null where the caller has no clock, and freshness is then not checked. */
  readonly now?: Date | null;
  /** UTC, as `2026-12-31`: waivers end by it. */
  readonly today: string;
}

export interface CheckDataPorts {
  readonly engines: DataEngines;
  readonly files: DataFiles;
}

/** Looks at what was measured while the engine has it open. */
export type Look = (measured: MeasuredTable, engine: DataEngine) => Promise<void>;

/**
 * Checks a dataset against its contract and compares it with the base's. Never throws for what is wrong with the data,
 * the contract's SQL or the engine: each ends in a report that failed or was not checked, with the reason.
 *
 * @param also not called where the data can't be read
 */
export async function checkData(
  request: CheckDataRequest,
  ports: CheckDataPorts,
  also: Look = async () => {},
): Promise<DataReport> {
  let dataset: Dataset | null = null;
  let header: Promise<DataReport> | null = null;
  const opened: DataEngine[] = [];
  let others: IdentifiedOthers = new Map();
  const open = async (sources: readonly (Dataset | null)[]): Promise<DataEngine> => {
    const beside = [...others.values()].flatMap((one) => (typeof one === 'string' ? [] : [one]));
    const paths = [...sources, ...beside].flatMap((one) => (one === null ? [] : (one.rewritten ?? one).source.paths));
    const distrustStatistics = [...sources, ...beside].some((one) => one?.source.format === 'parquet');
    const read = [...sources, ...beside].filter((one) => one !== null);
    const limits = await limitsFor(read, request.limits, ports.files);
    const engine = await ports.engines.open(paths, limits, { distrustStatistics });
    opened.push(engine);
    return engine;
  };
  try {
    dataset = await identify(request.data, ports.files, request.contract);
    // Digests are taken while the other process reads.
    header = blank(request, dataset, ports.files);
    header.catch(() => undefined);
    const base = request.base === null ? null : await identifyBase(request, request.base, ports.files);
    others = await identifyOthers([...(request.others ?? []), ...(request.apartFrom ?? [])], ports.files);
    const beside = base !== null && 'files' in base ? base : null;
    const read = await readData(dataset, { base: beside, keys: keysOf(request.contract), open, files: ports.files });
    if (!('loaded' in read)) return { ...(await header), ...read };
    await read.engine.settle();
    const said = { ...(await header), ...(await report(request, ports, { ...read, base, others }, also)) };
    await refuseChanged(dataset, ports.files);
    return said;
  } catch (error) {
    const known = error instanceof UnreadableData || error instanceof DataEngineError;
    if (!known) throw error;
    const status = error instanceof UnreadableData ? error.status : 'not_checked';
    const said = error instanceof DataEngineError ? readingWords(error.message) : error.message;
    const reason = said.slice(0, 1000).toWellFormed();
    const place = error instanceof UnreadableData ? error.place : null;
    const finding = textFinding(place?.file ?? request.data, place?.line ?? null, reason);
    const findings = status === 'failed' ? [finding] : [];
    // What can't be read can't be digested either.
    const header = await blank(request, dataset, ports.files).catch(() => blank(request, null, ports.files));
    return {
      ...header,
      status,
      reason,
      findings,
      totalFindings: findings.length,
    };
  } finally {
    for (const engine of opened) await engine.close();
  }
}

function stemOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1).replace(/\..*$/, '');
}

interface Opened extends ReadDataset {
  /** A comparison already, where there is nothing to compare with. */
  readonly base: Dataset | ComparedBase | null;
  readonly others: IdentifiedOthers;
}

async function identifyBase(
  request: CheckDataRequest,
  base: string,
  files: DataFiles,
): Promise<Dataset | ComparedBase> {
  try {
    return await withoutDoubt(await identify(base, files, request.contract), files);
  } catch (error) {
    if (!(error instanceof UnreadableData || error instanceof DataEngineError)) throw error;
    const listed = await files.list(base).catch(() => []);
    return nothingCompared(base, listed.length === 0 ? 'base_missing' : 'base_unreadable', error.message, request);
  }
}

async function compare(
  request: CheckDataRequest,
  ports: CheckDataPorts,
  opened: Opened,
  measures: TableMeasures,
): Promise<ComparedBase | null> {
  const { base, engine } = opened;
  const head = { ...opened, contract: request.contract, measures, models: request.models ?? null };
  if (base !== null && 'rules' in base) return base;
  if (base !== null) return compareWithBase({ ...head, base, files: ports.files });
  if (request.baseProfile == null) return null;
  const { dataset, contract, data } = request;
  // A profile that was made without a contract has the name of its file.
  const names = [dataset, contract.name, stemOf(data)];
  return compareWithProfile({ ...head, stored: request.baseProfile, engine, names });
}

async function report(
  request: CheckDataRequest,
  ports: CheckDataPorts,
  opened: Opened,
  also: Look,
): Promise<Partial<DataReport>> {
  const { dataset, engine } = opened;
  const { contract } = request;
  const loaded = namedColumns(opened, contract);
  const { table } = loaded;
  const measures = await measureTable(table, contract, engine);
  await also({ table, measures }, engine);
  const measured = [
    ...measures.rules,
    ...(await new TableRules(table, contract, measures, engine).judge()),
    ...(await judgeSql({ contract, table, engine, measures })),
    ...(await judgeDataset({
      ...{ contract, table, measures, engine, others: new OtherTables(opened.others, engine, ports.files) },
      ...{ apartFrom: request.apartFrom ?? [], now: request.now?.getTime() ?? null },
    })),
  ];
  const placed = await placeExamples(measured, {
    dataset,
    loaded,
    engine,
    files: ports.files,
  });
  const against = await compare(request, ports, { ...opened, loaded }, measures);
  const decided = (against?.rules ?? []).map((one) => ({ measured: one, examples: [] }));
  const personal = new Set([...personalColumns(contract, measures.profiles), ...(against?.personal ?? [])]);
  const rules = ruleResults([...maskExamples(placed, personal), ...decided], contract, request.today);
  const status = statusOf(rules);
  const data = dataset.files[0]?.name ?? request.data;
  // What lies elsewhere can't be annotated: the contract can.
  const header = hasHeader(dataset.source) && !data.includes('://') ? 1 : null;
  const files = { data, contract: request.contractFile, header, named: placesOfNames(opened) };
  const { findings, total } = findingsOf(rules, files);
  return {
    status,
    reason: reasonOf(
      status,
      rules.filter((rule) => rule.severity === 'fail' && rule.status === status),
    ),
    rows: table.rows,
    approximate: [...measures.approximate, ...(against?.approximate ?? [])].slice(0, 100),
    rules: [...rules],
    findings,
    totalFindings: total,
    columns: maskProfiles(measures.profiles, personal),
    base: against?.comparison ?? null,
  };
}

/** By the names that results have. */
function placesOfNames({ dataset, named = new Map() }: Opened): NonNullable<FindingFiles['named']> {
  const places = new Map<string, { file: string; line: number }>();
  for (const [name, { file, line }] of named) {
    const found = dataset.files[file]?.name;
    if (found !== undefined && !found.includes('://')) places.set(cut(name, 256), { file: found, line });
  }
  return places;
}

function reasonOf(status: DataReport['status'], rules: DataReport['rules']): string | null {
  if (status === 'passed') return null;
  const named = rules.slice(0, 3).map(({ rule, columns, expected }) => {
    if (rule === 'not_checked') return cut(expected, 200);
    return columns.length === 0 ? rule : `${rule} of ${columns.map((name) => cut(name, 60)).join(', ')}`;
  });
  const more = rules.length > 3 ? ` and ${rules.length - 3} more` : '';
  const what = `${rules.length} ${rules.length === 1 ? 'rule' : 'rules'} ${status === 'failed' ? 'failed' : 'could not be checked'}`;
  return `${what}: ${named.join('; ')}${more}`.slice(0, 1000).toWellFormed();
}
