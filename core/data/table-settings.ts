import { z } from 'zod';
import type { ContractProblem, Overlap, Setting, TableSettings } from './contract-model.ts';
import { shownValue } from './contract-value.ts';
import { readSetting, SettingParts, settingOf } from './setting.ts';

const WARN: Setting = { severity: 'warn', tolerance: null, line: null };
const FAIL: Setting = { severity: 'fail', tolerance: null, line: null };

/** Of a contract that says nothing: its columns and no others, in any order; what a person would want to know is a warning. */
export const DEFAULT_SETTINGS: TableSettings = {
  extraColumns: FAIL,
  columnOrder: null,
  ignoreCase: false,
  duplicateRows: null,
  overlaps: [],
  constant: WARN,
  outliers: WARN,
  personalHints: WARN,
};

/** For data of which nothing is asked. */
export const NO_SETTINGS: TableSettings = {
  ...DEFAULT_SETTINGS,
  extraColumns: null,
  constant: null,
  outliers: null,
  personalHints: null,
};

/** Reads what the table's `customProperties` say of the dataset as a whole. */
export function readTableSettings(
  values: ReadonlyMap<string, unknown>,
  line: number,
  problems: ContractProblem[],
): TableSettings {
  const read = (key: string, otherwise: Setting | null): Setting | null =>
    readSetting({ key, value: values.get(key), line, otherwise, problems });
  return {
    extraColumns: extraColumns(values.get('trainyardExtraColumns'), line, problems),
    columnOrder: read('trainyardColumnOrder', DEFAULT_SETTINGS.columnOrder),
    ignoreCase: ignoreCase(values.get('trainyardColumnCase'), line, problems),
    duplicateRows: read('trainyardDuplicateRows', DEFAULT_SETTINGS.duplicateRows),
    overlaps: overlaps(values.get('trainyardOverlap'), line, problems),
    constant: read('trainyardConstant', DEFAULT_SETTINGS.constant),
    outliers: read('trainyardOutliers', DEFAULT_SETTINGS.outliers),
    personalHints: read('trainyardPersonalHints', DEFAULT_SETTINGS.personalHints),
  };
}

function extraColumns(value: unknown, line: number, problems: ContractProblem[]): Setting | null {
  if (value === undefined) return DEFAULT_SETTINGS.extraColumns;
  if (value === 'allow') return null;
  if (value === 'warn' || value === 'fail') return { severity: value, tolerance: null, line };
  problems.push({
    message: `trainyardExtraColumns: expected allow, warn or fail, found ${shownValue(value)}`,
    line,
  });
  return DEFAULT_SETTINGS.extraColumns;
}

function ignoreCase(value: unknown, line: number, problems: ContractProblem[]): boolean {
  if (value === undefined || value === 'exact') return false;
  if (value === 'ignore') return true;
  problems.push({
    message: `trainyardColumnCase: expected exact or ignore, found ${shownValue(value)}`,
    line,
  });
  return false;
}

const OverlapParts = SettingParts.extend({
  with: z.string().min(1).max(200),
  columns: z.array(z.string().min(1).max(256)).min(1).max(64).optional(),
});

function overlaps(value: unknown, line: number, problems: ContractProblem[]): readonly Overlap[] {
  if (value === undefined) return [];
  const parsed = z
    .array(OverlapParts)
    .max(20)
    .safeParse(Array.isArray(value) ? value : [value]);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.map((part) => `.${String(part)}`).join('') ?? '';
    const message = `trainyardOverlap${where}: expected { with: NAME, columns, severity, tolerance }: ${issue?.message ?? ''}`;
    problems.push({ message, line });
    return [];
  }
  return parsed.data.flatMap(({ with: name, columns = null, ...parts }): Overlap[] => {
    const setting = settingOf(parts, line);
    return setting === null ? [] : [{ ...setting, with: name, columns }];
  });
}
