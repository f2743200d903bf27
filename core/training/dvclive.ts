import { z } from 'zod';
import { parsePythonJson, type StepMetric } from '../evaluation/metrics.ts';
import type { Metrics } from '../evaluation/result.ts';
import { MetricName } from '../names.ts';

/** Where DVCLive (dvc.org, "DVCLive outputs") leaves its files below the working directory, by default. */
export const DVCLIVE = 'dvclive';
export const DVCLIVE_TABLES = `${DVCLIVE}/plots/metrics`;
export const DVCLIVE_SUMMARY = `${DVCLIVE}/metrics.json`;

const MAX_METRICS = 200;
const MAX_DEPTH = 5;

/** `train/loss.tsv` holds the metric `train/loss`, which is `train.loss` here; null for what can be no metric's name. */
export function dvcliveMetric(path: string): MetricName | null {
  if (!path.endsWith('.tsv')) return null;
  const name = MetricName.safeParse(path.slice(0, -'.tsv'.length).replaceAll('/', '.'));
  return name.success ? name.data : null;
}

/** Which columns of a table hold step and value; null where the header is none of DVCLive's. */
export interface DvcliveColumns {
  readonly step: number;
  readonly value: number;
}

export function dvcliveColumns(header: string): DvcliveColumns | null {
  const columns = header.trimEnd().split('\t');
  const step = columns.indexOf('step');
  if (step < 0 || columns.length < 2 || columns.length > 3) return null;
  // Older versions write a time before them.
  const value = columns.findIndex((name, at) => at !== step && name !== 'timestamp');
  return value < 0 ? null : { step, value };
}

/** As Python writes what is not finite. */
const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

/** One line of a table; null for what is no value at a step. */
export function dvclivePoint(metric: MetricName, columns: DvcliveColumns, line: string): StepMetric | null {
  const cells = line.trimEnd().split('\t');
  const [at, is] = [cells[columns.step], cells[columns.value]];
  if (at === undefined || is === undefined || !/^\d{1,15}$/.test(at) || is.trim() === '') return null;
  const value = NON_FINITE.get(is.trim().toLowerCase()) ?? finite(is);
  return value === null ? null : { metric, step: Number(at), value };
}

function finite(text: string): number | null {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

const Tree: z.ZodType<unknown> = z.record(z.string(), z.unknown());

/** The last value of each metric, by its name with dots. */
export function dvcliveSummary(bytes: Uint8Array): Metrics {
  try {
    return flatMetrics(parsePythonJson(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}

/** The numbers in a tree of maps, by their names with dots; what is no finite number is left out, and so is the step. */
export function flatMetrics(raw: unknown): Metrics {
  const found: [MetricName, number][] = [];
  const walk = (given: unknown, path: readonly string[]): void => {
    const value = typeof given === 'bigint' ? Number(given) : given;
    if (found.length >= MAX_METRICS || path.length > MAX_DEPTH) return;
    if (typeof value === 'number' && Number.isFinite(value) && path.join('.') !== 'step') {
      const name = MetricName.safeParse(path.join('.').replaceAll('/', '.'));
      if (name.success) found.push([name.data, value]);
    } else if (Tree.safeParse(value).success && value !== null) {
      for (const [key, inner] of Object.entries(Object(value))) walk(inner, [...path, key]);
    }
  };
  walk(raw, []);
  return Object.fromEntries(found);
}
