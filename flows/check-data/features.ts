import type { Measured } from '../../core/data/checks/measured.ts';
import type { DataTable, TableColumn } from '../../core/data/checks/table.ts';
import { numberOf } from '../../core/data/checks/value-sql.ts';
import {
  classBalance,
  judgeOutliers,
  maySpread,
  outliers,
  outliersNotChecked,
  personalHint,
  uselessColumn,
} from '../../core/data/checks-on-profile/columns.ts';
import { leakageQuery, noLeakage, readLeakage } from '../../core/data/checks-on-profile/leakage.ts';
import { readSides, sidesQuery } from '../../core/data/checks-on-profile/outliers-sql.ts';
import type { ContractColumn, DataContract, LabelRule, Setting } from '../../core/data/contract-model.ts';
import { numberCounts } from '../../core/data/drift/number-counts.ts';
import type { ColumnProfile } from '../../core/data/report/profile.ts';
import type { TableMeasures } from './measure.ts';
import type { DataEngine } from './ports.ts';
import { tried } from './tried.ts';

export interface FeatureOptions {
  readonly contract: DataContract;
  readonly table: DataTable;
  readonly measures: TableMeasures;
  readonly engine: DataEngine;
  /** Columns whose values no report may show. */
  readonly personal: ReadonlySet<string>;
}

/** Judges what the columns of a dataset tell a model that is trained on it. @throws DataEngineError */
export async function judgeFeatures(options: FeatureOptions): Promise<readonly Measured[]> {
  const { contract, measures, personal } = options;
  const { settings } = contract;
  const declared = new Map(contract.columns.map((column) => [column.name, column]));
  const profiles = new Map(measures.profiles.map((profile) => [profile.name, profile]));
  const measured: Measured[] = [];
  for (const profile of measures.profiles) {
    const column = declared.get(profile.name);
    const constant = column === undefined ? settings.constant : column.constant;
    if (constant !== null) measured.push(...uselessColumn(profile, constant, personal.has(profile.name)));
    if (settings.personalHints !== null && column?.personal !== true)
      measured.push(...personalHint(profile, settings.personalHints));
  }
  for (const column of options.table.columns) {
    const profile = profiles.get(column.name);
    const setting = declared.has(column.name) ? declared.get(column.name)?.outliers : settings.outliers;
    if (profile === undefined || setting === null || setting === undefined) continue;
    measured.push(...(await spread(options, column, profile, declared.get(column.name) ?? null, setting)));
  }
  for (const label of contract.labels) measured.push(...(await judgeLabel(label, options, profiles)));
  return measured;
}

/** Bounds of the contract say what may be; outliers are looked for where it is silent, or where it asks for them. */
async function spread(
  { contract, measures, table, engine, personal }: FeatureOptions,
  column: TableColumn,
  profile: ColumnProfile,
  declared: ContractColumn | null,
  setting: Setting,
): Promise<readonly Measured[]> {
  const numeric = profile.type === 'integer' || profile.type === 'number';
  const bounded = declared !== null && declared.options.minimum !== null && declared.options.maximum !== null;
  const key = declared !== null && (declared.unique || declared.primaryKey !== null);
  if (setting.line === null && (!numeric || bounded || key)) return [];
  const hidden = personal.has(profile.name);
  const number = numberOf({ logicalType: profile.type === 'integer' ? 'integer' : 'number' }, column);
  const about = { setting, table: column, number, rows: profile.rows - profile.nulls, hidden };
  if (!numeric) {
    const numbers = declared?.logicalType === 'integer' || declared?.logicalType === 'number';
    const meant = numbers || setting !== contract.settings.outliers;
    return meant ? [outliersNotChecked(about, 'the column holds no numbers')] : [];
  }
  const counted = measures.counted.get(column);
  if (counted !== undefined) {
    if (!maySpread(profile)) return judgeOutliers(about, 'none');
    // Also of infinities, which are far out.
    const numbers = [...counted.counts].map(([text, n]) => [numberOn(text), n] as const);
    return judgeOutliers(about, outliers(numberCounts(numbers)));
  }
  // A column with too many values to count takes scans of its own, which only the contract can ask for.
  if (setting.line === null) return [];
  const answer = await tried(engine, sidesQuery(table, number));
  return typeof answer === 'string' ? [outliersNotChecked(about, answer)] : judgeOutliers(about, readSides(answer));
}

/** As the engine writes numbers. */
function numberOn(text: string): number {
  return Number(text.replace(/^(-?)inf$/, '$1Infinity'));
}

async function judgeLabel(
  rule: LabelRule,
  { contract, table, measures, engine, personal }: FeatureOptions,
  profiles: ReadonlyMap<string, ColumnProfile>,
): Promise<readonly Measured[]> {
  const label = table.columns.find(({ name }) => name === rule.column);
  const profile = profiles.get(rule.column);
  // A missing column has been reported.
  if (label === undefined || profile === undefined) return [];
  const measured: Measured[] = [];
  if (rule.balance !== null)
    measured.push(
      classBalance(profile, measures.counted.get(label)?.counts ?? null, rule, rule.balance, personal.has(label.name)),
    );
  if (rule.leakage === null) return measured;
  const keys = new Set(contract.columns.filter(({ primaryKey }) => primaryKey !== null).map(({ name }) => name));
  let leaks = 0;
  for (const feature of table.columns) {
    if (feature === label || rule.ignored.includes(feature.name) || keys.has(feature.name)) continue;
    const numbers = [feature, label].map((one) => numberExpression(one, profiles.get(one.name)));
    // Values too many to be counted hardly occur again, and grouping by them would cost more than all else.
    const grouped = measures.counted.has(feature);
    const query = leakageQuery(table, feature, label, [numbers[0] ?? null, numbers[1] ?? null], grouped);
    const answer = await tried(engine, query);
    const found = readLeakage(feature, label, answer, rule);
    if (found === null) continue;
    measured.push(found);
    leaks += 1;
  }
  return leaks > 0 ? measured : [...measured, noLeakage(label, rule, table.rows)];
}

/** As a number, where the values are numbers; else null. */
function numberExpression(column: TableColumn, profile: ColumnProfile | undefined): string | null {
  const type = profile?.type;
  return type === 'integer' || type === 'number' ? numberOf({ logicalType: type }, column) : null;
}
