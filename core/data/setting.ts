import { z } from 'zod';
import type { ContractProblem, Setting } from './contract-model.ts';
import { shownValue } from './contract-value.ts';
import type { Tolerance } from './report/data-report.ts';

/** `1 %`, `0.5%` or `10 rows`. */
const WRITTEN = /^(?:(?<percent>\d{1,3}(?:\.\d{1,12})?) ?%|(?<rows>\d{1,15}) rows?)$/;

/** Null for what says neither a share nor a count. */
export function readTolerance(value: unknown): Tolerance | null {
  const groups = typeof value === 'string' ? WRITTEN.exec(value)?.groups : undefined;
  if (groups?.['rows'] !== undefined) return { unit: 'count', value: Number(groups['rows']) };
  const share = Number(`${groups?.['percent']}e-2`);
  return share <= 1 ? { unit: 'share', value: share } : null;
}

export const SEVERITIES = ['warn', 'fail', 'off'] as const;

/** The parts of a setting that is written as a mapping; other keys are the check's own. */
export const SettingParts = z.strictObject({
  severity: z.enum(SEVERITIES).optional(),
  tolerance: z
    .unknown()
    .transform((value, context) => {
      if (value === undefined) return null;
      const tolerance = readTolerance(value);
      if (tolerance === null) context.addIssue('expected a share such as "0.5 %" or a count such as "10 rows"');
      return tolerance;
    })
    .optional(),
});

export interface SettingInput {
  readonly key: string;
  readonly value: unknown;
  readonly line: number;
  /** Where nothing is stated. */
  readonly otherwise: Setting | null;
  /** Appended to. */
  readonly problems: ContractProblem[];
}

/** Reads `warn`, `fail`, `off` or `{ severity, tolerance }`; null is off. */
export function readSetting({ key, value, line, otherwise, problems }: SettingInput): Setting | null {
  if (value === undefined) return otherwise;
  const whole = typeof value === 'string' ? { severity: value } : value;
  const parsed = SettingParts.safeParse(whole);
  if (parsed.success) return settingOf(parsed.data, line);
  problems.push({
    message: `${key}: expected warn, fail, off or { severity, tolerance }, found ${shownValue(value)}`,
    line,
  });
  return otherwise;
}

export function settingOf(parts: z.infer<typeof SettingParts>, line: number): Setting | null {
  const { severity = 'fail', tolerance = null } = parts;
  return severity === 'off' ? null : { severity, tolerance, line };
}
