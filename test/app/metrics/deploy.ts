import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const DEPLOY = join(import.meta.dirname, '../../../deploy');

const Rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          annotations: z.object({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});
const Dashboard = z.object({
  panels: z.array(z.object({ id: z.int(), title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
});

const read = (path: string): string => readFileSync(join(DEPLOY, path), 'utf8');

export const alerts = () => Rules.parse(parse(read('prometheus/alerts.yml'))).groups.flatMap(({ rules }) => rules);

export const panels = () => Dashboard.parse(JSON.parse(read('grafana/trainyard.json'))).panels;

/** Names of all metrics of ours and of the process that expressions ask for, as they stand in a scrape. */
export function metricsIn(expressions: readonly string[]): readonly string[] {
  return [
    ...new Set(expressions.flatMap((one) => one.match(/\b(?:trainyard|process|nodejs)_[a-z0-9_]+/g) ?? [])),
  ].sort();
}

export const metricsNamed = (): readonly string[] =>
  metricsIn([
    ...alerts().map(({ expr }) => expr),
    ...panels().flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ]);
