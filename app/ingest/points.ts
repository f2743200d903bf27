import { z } from 'zod';
import { StepValue } from '../../core/evaluation/metrics.ts';
import { MetricName } from '../../core/names.ts';
import { LiveNote } from '../../core/training/stall.ts';
import type { StepMetric } from '../../flows/ports.ts';

const Point = z.strictObject({ step: z.int().min(0).max(1_000_000_000), metric: MetricName, value: StepValue });

export const LINES = 500;

export interface Posted {
  readonly points: readonly StepMetric[];
  /** The last one; null where none was posted. */
  readonly note: LiveNote | null;
}

/**
 * Step metrics and notes as JSON Lines, written by code of a pull request.
 * @returns what they hold, or what is wrong with the first bad line
 */
export function parsePosted(text: string): Posted | { readonly problem: string } {
  const points: StepMetric[] = [];
  let [note, lines]: [LiveNote | null, number] = [null, 0];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    if (lines >= LINES) return { problem: `expected at most ${LINES} lines, got more` };
    lines += 1;
    const raw = json(line);
    const point = Point.safeParse(raw);
    const told = point.success ? null : LiveNote.safeParse(raw);
    if (told?.success === true) note = told.data;
    if (!point.success && told?.success !== true) {
      return { problem: `line ${index + 1}: expected {"step": integer, "metric": name, "value": number}` };
    }
    if (point.success) points.push(point.data);
  }
  return { points, note };
}

/** The last point of each metric. */
export function newest(points: readonly StepMetric[]): readonly StepMetric[] {
  return [...new Map(points.map((point) => [point.metric, point])).values()];
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
