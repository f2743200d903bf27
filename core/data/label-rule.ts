import { z } from 'zod';
import type { ContractProblem, LabelRule, Setting } from './contract-model.ts';
import { readSetting } from './setting.ts';

const Label = z.union([
  z.boolean(),
  z.strictObject({
    leakage: z.unknown().optional(),
    ignore: z.array(z.string().min(1).max(256)).max(2000).default([]),
    balance: z.unknown().optional(),
    leastShare: z.number().min(0).max(1).default(0.01),
    leastRows: z.int().min(0).default(10),
  }),
]);

/** Reads `trainyardLabel` of a column: what a model learns to tell. Null for a column that is none. */
export function readLabel(value: unknown, column: string, line: number, problems: ContractProblem[]): LabelRule | null {
  if (value === undefined) return null;
  const parsed = Label.safeParse(value);
  if (!parsed.success) {
    const message =
      'trainyardLabel: expected true or { leakage, ignore, balance, leastShare, leastRows }: ' +
      z.prettifyError(parsed.error).slice(0, 200);
    problems.push({ message, line });
    return null;
  }
  if (parsed.data === false) return null;
  const { leakage, ignore, balance, leastShare, leastRows } =
    parsed.data === true
      ? { leakage: undefined, ignore: [], balance: undefined, leastShare: 0.01, leastRows: 10 }
      : parsed.data;
  const otherwise: Setting = { severity: 'warn', tolerance: null, line };
  const read = (key: string, stated: unknown): Setting | null =>
    readSetting({ key: `trainyardLabel.${key}`, value: stated, line, otherwise, problems });
  return {
    column,
    line,
    leakage: read('leakage', leakage),
    ignored: ignore,
    balance: read('balance', balance),
    leastShare,
    leastRows,
  };
}
