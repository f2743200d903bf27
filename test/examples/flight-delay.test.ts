import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkLock } from '../../adapters/python/requirements.ts';
import { parseConfig } from '../../core/config/parse.ts';
import { parseContract } from '../../core/data/contract.ts';
import { overlap, splitHoldout } from '../../core/data/holdout.ts';
import { RepoPath } from '../../core/names.ts';
import { validateCsv } from '../core/data/csv-reference/validate.ts';
import { EXAMPLE } from './scenes.ts';

const read = (path: string): string => readFileSync(join(EXAMPLE, path), 'utf8');
const DATA = ['data/flights.csv', 'eval/holdout.csv'];
const LOCKS = ['models/flight-delay/requirements', 'eval/requirements'];
const CONTRACT = RepoPath.parse('models/flight-delay/flights.odcs.yaml');

function exampleConfig() {
  const parsed = parseConfig(read('.github/trainyard.yml'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

function contract() {
  const parsed = parseContract(read(CONTRACT), { file: CONTRACT, dataset: 'flights' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.contract;
}

describe('the config of the flight-delay example', () => {
  test('is valid and declares one model', () => {
    expect(Object.keys(exampleConfig().models)).toEqual(['flight-delay']);
  });

  test('names only files that are there', () => {
    const [model] = Object.values(exampleConfig().models);
    const named = [
      ...(model?.inputs ?? []),
      model?.train.setup,
      ...(model?.evaluate?.inputs ?? []),
      model?.evaluate?.setup,
      ...Object.values(model?.data ?? {}).flatMap((dataset) => [dataset.path, dataset.contract]),
      ...Object.values(model?.evaluate?.data ?? {}).map((dataset) => dataset.path),
    ];
    for (const path of named) expect(statSync(join(EXAMPLE, path ?? 'missing')), path).toBeDefined();
  });

  test('gates what its evaluator measures', () => {
    const [model] = Object.values(exampleConfig().models);
    for (const metric of Object.keys(model?.gates ?? {})) expect(read('eval/evaluate.py')).toContain(`"${metric}":`);
  });

  test('offers the parameters that its training takes', () => {
    const [model] = Object.values(exampleConfig().models);
    const settings = read('models/flight-delay/settings.py');
    for (const [name, spec] of Object.entries(model?.train.params ?? {})) {
      expect(settings).toMatch(new RegExp(`${name}: (int|float) = ${String(spec.default)}\\n`));
    }
  });
});

describe('the data of the flight-delay example', () => {
  test('has a contract of which every rule can be checked', () => {
    expect(contract().notChecked).toEqual([]);
  });

  test.each(DATA)('%s meets the contract', (path) => {
    const result = validateCsv([readFileSync(join(EXAMPLE, path))], contract(), { file: RepoPath.parse(path) });
    expect(result).toMatchObject({ status: 'passed', findings: [] });
  });

  test.each(DATA)('%s has no row twice', (path) => {
    const rows = read(path).trimEnd().split('\n');
    expect(new Set(rows).size).toBe(rows.length);
  });

  test('holds no row of the holdout in the training data', () => {
    const [training, holdout] = DATA.map((path) => readFileSync(join(EXAMPLE, path)));
    expect(overlap(holdout ?? Buffer.of(), training ?? Buffer.of())).toMatchObject({ ok: true, rows: 0 });
  });

  test('holds out whole days', () => {
    const [training, holdout] = DATA.map(
      (path) =>
        new Set(
          read(path)
            .trimEnd()
            .split('\n')
            .slice(1)
            .map((row) => row.slice(0, 10)),
        ),
    );
    expect([...(holdout ?? [])].filter((day) => training?.has(day))).toEqual([]);
  });

  test('keeps the label out of the features of the holdout', () => {
    const split = splitHoldout(readFileSync(join(EXAMPLE, 'eval/holdout.csv')), { labels: ['late'], id: 'flight_id' });
    expect(split).toMatchObject({ ok: true, columns: expect.not.arrayContaining(['late']) });
  });

  test('stays under one megabyte with all else of the example', () => {
    const files = readdirSync(EXAMPLE, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && !/__pycache__|\/work(\/|$)|\.venv/.test(entry.parentPath),
    );
    const bytes = files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
    expect(bytes).toBeLessThan(1_000_000);
  });
});

describe.each(LOCKS)('%s.lock', (path) => {
  const lock = read(`${path}.lock`);

  test('pins each package by version and hash, and names no index', () => {
    expect(checkLock(lock)).toEqual([]);
    expect(lock).not.toMatch(/https?:|--index|--find-links|--extra/);
  });

  test('holds each requirement at the version asked for', () => {
    for (const line of read(`${path}.in`)
      .split('\n')
      .filter((text) => /^[a-z]/.test(text))) {
      expect(lock).toContain(`\n${line} \\\n`);
    }
  });
});
