import { z } from 'zod';
import { StepValue } from '../../core/evaluation/metrics.ts';
import { MetricName } from '../../core/names.ts';
import type { StepMetric } from '../../flows/ports.ts';

const Point = z.strictObject({ step: z.int().min(0).max(1_000_000_000), metric: MetricName, value: StepValue });

export const LINES = 500;

/**
 * Step metrics as JSON Lines, written by code of a pull request.
 * @returns the points, or what is wrong with the first bad line
 */
export function parsePoints(text: string): { points: readonly StepMetric[] } | { problem: string } {
  const points: StepMetric[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    if (points.length >= LINES) return { problem: `expected at most ${LINES} lines, got more` };
    const point = Point.safeParse(json(line));
    if (!point.success) {
      return { problem: `line ${index + 1}: expected {"step": integer, "metric": name, "value": number}` };
    }
    points.push(point.data);
  }
  return { points };
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
