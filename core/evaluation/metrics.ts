import { z } from 'zod';
import { MetricName } from '../names.ts';
import type { Metrics } from './result.ts';

/** In bytes. */
const MAX_METRICS_FILE = 1 << 20;
const MAX_METRICS = 200;
const MAX_STEP_FILE = 4 << 20;
const MAX_STEP_LINE = 1024;
const MAX_STEP_POINTS = 20_000;

export type MetricsResult =
  /** `leftOut` says which are no numbers, in words; null where all are. */
  | { readonly ok: true; readonly metrics: Metrics; readonly leftOut: string | null }
  | { readonly ok: false; readonly message: string };

/**
 * Reads a hostile `metrics.json`: one flat object of numbers. What is not finite (NaN, the infinities, or null, as which
 * some write them) is left out by its name: the others count, and a gate that needs it finds nothing. All words are safe
 * to show after escaping.
 */
export function parseMetrics(bytes: Uint8Array): MetricsResult {
  if (bytes.length > MAX_METRICS_FILE) return bad(`metrics.json may have 1 MB at most, found ${bytes.length} bytes`);
  const text = decodeUtf8(bytes);
  if (text === null) return bad('metrics.json is not UTF-8');
  let raw: unknown;
  try {
    raw = parsePythonJson(text);
  } catch (error) {
    return bad(`metrics.json is not valid JSON: ${error instanceof Error ? error.message.slice(0, 200) : ''}`);
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return bad('metrics.json: expected one object such as {"roc_auc": 0.74}');
  }
  const entries = Object.entries(raw);
  if (entries.length > MAX_METRICS) return bad(`metrics.json: at most ${MAX_METRICS} metrics, found ${entries.length}`);
  const metrics: [MetricName, number][] = [];
  const leftOut: string[] = [];
  for (const [key, value] of entries) {
    const name = MetricName.safeParse(key);
    const shown = JSON.stringify(key.slice(0, 80));
    if (!name.success)
      return bad(
        `metrics.json: ${shown} is no metric name (letters, digits and inner "_", "-", "." or "@", 64 at most)`,
      );
    const number = value === null ? Number.NaN : StepValue.safeParse(value).data;
    if (number === undefined)
      return bad(`metrics.json: ${shown} must be a finite number, found ${JSON.stringify(value)?.slice(0, 80)}`);
    if (Number.isFinite(number)) metrics.push([name.data, number]);
    else leftOut.push(`${name.data} (${number})`);
  }
  return { ok: true, metrics: Object.fromEntries(metrics), leftOut: leftOutWords(leftOut) };
}

function leftOutWords(names: readonly string[]): string | null {
  if (names.length === 0) return null;
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `metrics.json: no finite number, and left out: ${names.slice(0, 5).join(', ')}${more}`;
}

function bad(message: string): MetricsResult {
  return { ok: false, message };
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** What JSON has no number for, as Python's `json` names it. */
const NonFinite = z.enum(['NaN', 'Infinity', '-Infinity']);

/**
 * The value of a step metric: also NaN and the infinities, because a loss that is one of them is what its author has to
 * know. JSON holds these in quotes (`quoteNonFinite`).
 */
export const StepValue = z.union([
  z.custom<number>((value) => typeof value === 'number', 'expected a number'),
  NonFinite.transform(Number),
]);

/** One line of `TRAINYARD_METRICS`. Other keys (a wall-clock time, say) are allowed and dropped. */
export const StepMetric = z.object({
  step: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  metric: MetricName,
  value: StepValue,
});
export type StepMetric = z.infer<typeof StepMetric>;

export interface StepMetrics {
  readonly points: readonly StepMetric[];
  /** Lines that were not used: malformed, too long, or past the cap. */
  readonly skipped: number;
  /** The first of them, in words. */
  readonly problem: string | null;
}

/**
 * Reads step metrics (JSON Lines, hostile, possibly still growing). They are display only, so a bad line is skipped and
 * counted instead of failing the rest; an unfinished last line is left for the next call.
 */
export function parseStepMetrics(bytes: Uint8Array): StepMetrics {
  const cut = bytes.subarray(0, MAX_STEP_FILE);
  // Bad bytes become U+FFFD and spoil only their own line.
  const lines = new TextDecoder('utf-8').decode(cut).split('\n');
  const unfinished = lines.pop() ?? '';
  const points: StepMetric[] = [];
  let skipped = bytes.length > cut.length ? 1 : 0;
  let problem = skipped > 0 ? `only the first ${MAX_STEP_FILE} bytes are read` : null;
  const all = isComplete(unfinished) ? [...lines, unfinished] : lines;
  all.forEach((line, index) => {
    if (line.trim() === '') return;
    const point = points.length < MAX_STEP_POINTS ? parseLine(line) : 'past the cap of points';
    if (typeof point !== 'string') {
      points.push(point);
      return;
    }
    skipped += 1;
    problem ??= `line ${index + 1}: ${point}`;
  });
  return { points, skipped, problem };
}

function isComplete(line: string): boolean {
  return line.length <= MAX_STEP_LINE && typeof parseLine(line) !== 'string';
}

function parseLine(line: string): StepMetric | string {
  if (line.length > MAX_STEP_LINE) return `longer than ${MAX_STEP_LINE} characters`;
  let raw: unknown;
  try {
    raw = parsePythonJson(line);
  } catch {
    return 'not JSON';
  }
  const point = StepMetric.safeParse(raw);
  if (point.success) return point.data;
  const issue = point.error.issues[0];
  return `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'not a step metric'}`.trim().slice(0, 200);
}

/** JSON, also as Python's `json` writes it, with NaN and Infinity: these become their names. @throws SyntaxError */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    // Strings are matched as a whole, so that nothing is changed in them.
    return JSON.parse(
      text.replaceAll(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (token) => (token.startsWith('"') ? token : `"${token}"`)),
    );
  }
}

/** For `JSON.stringify`, which would write null for a value that is not finite. */
export function quoteNonFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
