import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { concluded, workflowRuns } from '../../scripts/demo/observe.ts';
import { CONFIG, TEAM } from './team.ts';
import { openTeamWorld, plain, type TeamWorld } from './world.ts';

/** A pull request that breaks a dataset in Parquet, sees it, and mends it. */
const DATASET = 'data/flights.parquet';
const CONTRACT = `apiVersion: v3.1.0
kind: DataContract
id: flights
name: flights
version: 1.0.0
status: active
schema:
  - name: flights
    properties:
      - name: id
        logicalType: integer
        required: true
        unique: true
        primaryKey: true
      - name: carrier
        logicalType: string
        required: true
        logicalTypeOptions: { enum: [AA, BB, CC] }
      - name: delay
        logicalType: number
        logicalTypeOptions: { minimum: -60 }
        customProperties:
          - { property: trainyardDrift, value: fail }
`;

let directory = '';
let team: TeamWorld;

/** Rows as DuckDB writes them. @param delay in SQL, of `id` */
async function parquet(rows: number, delay: string, carrier = "(['AA', 'BB', 'CC'])[1 + id % 3]"): Promise<Uint8Array> {
  const path = join(directory, 'rows.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT id, ${carrier} AS carrier, (${delay})::DOUBLE AS delay FROM range(${rows}) t(id)) TO '${path}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  return readFileSync(path);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'parquet-story-'));
  const rows = '      rows: { path: data/rows.csv, contract: greeter/rows.odcs.yaml }\n';
  const flights = `      flights: { path: ${DATASET}, contract: data/flights.odcs.yaml }\n`;
  const files = {
    ...TEAM,
    [CONFIG_PATH]: CONFIG.replace(rows, `${rows}${flights}`),
    'data/flights.odcs.yaml': CONTRACT,
    [DATASET]: await parquet(500, 'id * 7 % 100 - 20'),
  };
  team = await openTeamWorld('parquet', { files });
}, 240_000);
afterAll(async () => {
  await team?.close();
  rmSync(directory, { recursive: true, force: true });
});

test('a broken row and drift in Parquet are shown, and what mends them passes', async () => {
  const broken = await parquet(500, 'id * 7 % 100 + 60', "CASE WHEN id = 41 THEN 'ZZ' ELSE 'AA' END");
  const { number, head } = await team.propose('new-flights', { [DATASET]: broken });
  const red = await team.check(head, 'trainyard / data: flights', concluded('failure'));
  const shown = plain(`${red.title}\n${red.summary}\n${red.text}`);
  expect(shown).toMatch(/flights breaks \d+ rules in 500 rows/);
  expect(shown).toMatch(/ZZ/);
  expect(shown).toMatch(/drift/i);
  expect(shown).toContain('trainyard-report-flights');
  await team.check(head, 'trainyard / ready', concluded('failure'));

  const mended = await parquet(510, 'id * 7 % 100 - 20');
  const fixed = await team.commit('new-flights', { [DATASET]: mended });
  const green = await team.check(fixed, 'trainyard / data: flights', concluded('success'));
  expect(plain(green.summary)).toMatch(/510 rows/);
  expect(plain(green.summary)).toMatch(/10 added, 0 removed, 0 changed, 500 unchanged/);
  await team.comment(number, /flights/);

  const { ada, team: repository } = team.world;
  const [newest] = await workflowRuns(team.world, 'validate');
  const { data } = await ada.octokit.rest.actions.listWorkflowRunArtifacts({ ...repository, run_id: newest?.id ?? 0 });
  expect(data.artifacts.map(({ name }) => name)).toContain('trainyard-report-flights');
  team.assertConforms();
}, 240_000);
