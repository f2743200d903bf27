import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import formats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { DataReport, RuleResult } from '../../../../core/data/report/data-report.ts';
import { examplesOf, exampleText } from '../../../docs/contract-examples.ts';
import { dataFolder } from '../../../flows/check-data/checking.ts';
import { pythonWith } from '../../../python.ts';
import { contract } from '../contract-samples.ts';
import { expectDigits, normalFrom, randomFrom } from '../drift/digits.ts';

/** Every rule and metric that is a number, against pandas and numpy on random tables. */
let python: ReturnType<typeof pythonWith>;
const data = dataFolder();
beforeAll(() => {
  python = pythonWith('pandas==2.3.3', 'numpy==2.3.5', 'open-data-contract-standard==3.1.2');
}, 600_000);
afterAll(() => {
  python.remove();
  rmSync(data.directory, { recursive: true, force: true });
});

const Numbers = z.record(z.string(), z.number());

/** What a script prints as JSON, given the folder of the data. */
function pandas(script: string): Record<string, number> {
  const file = join(python.folder, 'script.py');
  writeFileSync(file, script);
  return Numbers.parse(JSON.parse(execFileSync(python.bin('python'), [file, data.directory], { encoding: 'utf8' })));
}

const SCRIPT = `
import json, re, sys
import numpy as np, pandas as pd
read = lambda name: pd.read_csv(f"{sys.argv[1]}/{name}", dtype=str, keep_default_na=False, encoding="utf-8")
t, keys, train = read("table.csv"), read("keys.csv"), read("train.csv")
n = len(t)
out = {"rows": n}
v = pd.to_numeric(t.v[t.v != ""])
w = pd.to_numeric(t.w)
out |= {
  "min": v.min(), "max": v.max(), "mean": v.mean(), "stddev": v.std(ddof=1), "sum": v.sum(), "median": v.median(),
  "quantile 0.1": np.quantile(v, 0.1), "quantile 0.99": np.quantile(v, 0.99), "distinct": t.v[t.v != ""].nunique(),
  "w mean": w.mean(), "w stddev": w.std(ddof=1), "w sum": w.sum(),
  "minimum": int((v < -1).sum()), "maximum": int(((v >= -1) & (v > 2)).sum()),
  "null_values": int((t.v == "").sum()), "null_percent": 100 * (t.v == "").mean(),
  "missing_values": int(t.c.isin(["", "n/a"]).sum()),
  "invalid_values": int((~t.c.isin(["", "AA", "DL", "é", "e\\u0301"])).sum()),
  "pattern": int(t.c[t.c != ""].map(lambda s: re.search("^[A-Z]+$", s) is None).sum()),
  "min_length": int((t.s[t.s != ""].str.len() < 2).sum()), "max_length": int((t.s[t.s != ""].str.len() > 3).sum()),
  "unique": int(t.k[t.k != ""].duplicated().sum()),
  "duplicate_values": int(t[(t.c != "") & (t.k != "")][["c", "k"]].duplicated().sum()),
  "duplicate_rows": int(t.duplicated().sum()),
  "foreign_key": int((~t.k[t.k != ""].isin(set(keys.key))).sum()),
  "train_test_overlap": int(t[["c", "k"]].apply(tuple, axis=1).isin(set(train[["c", "k"]].apply(tuple, axis=1)) - {("", "")}).sum()),
}
median = lambda a: np.sort(a)[(len(a) + 1) // 2 - 1]
a = w.to_numpy()
m = median(a); below = median(m - a[a <= m]); above = median(a[a >= m] - m)
out["outliers"] = int(((a < m - 10 * below / 0.6745) | (a > m + 10 * above / 0.6745)).sum())
day = pd.to_datetime(t.d[t.d != ""], format="%Y-%m-%d")
out["age_days"] = (pd.Timestamp("2026-06-01T12:00:00") - day.max()).total_seconds() / 86400
share = t.c[t.c != ""].value_counts(normalize=True)
out["rare"] = int((t.c[t.c != ""].map(share) < 0.2).sum())
print(json.dumps({key: float(value) for key, value in out.items()}))
`;

const AGGREGATES = [
  'min',
  'max',
  'mean',
  'stddev',
  'sum',
  'median',
  'quantile, p: 0.1',
  'quantile, p: 0.99',
  'distinct',
];
const aggregate = (name: string): string =>
  `{ type: custom, engine: trainyard, implementation: { aggregate: ${name}, mustBeGreaterThan: -1e300 } }`;
const counted = (metric: string, more = ''): string => `{ metric: ${metric}, mustBeGreaterOrEqualTo: 0${more} }`;

const CONTRACT = contract(
  `- name: v
  logicalType: number
  logicalTypeOptions: { minimum: -1, maximum: 2 }
  quality: [${[...AGGREGATES.map(aggregate), counted('nullValues'), counted('nullValues', ', unit: percent')].join(', ')}]
- name: w
  logicalType: number
  quality: [${['mean', 'stddev', 'sum'].map(aggregate).join(', ')}]
  customProperties: [{ property: trainyardOutliers, value: warn }]
- name: c
  logicalType: string
  logicalTypeOptions: { pattern: "^[A-Z]+$" }
  quality:
    - ${counted('missingValues', ', arguments: { missingValues: [null, n/a] }')}
    - ${counted('invalidValues', ', arguments: { validValues: [AA, DL, "é", "e\\u0301"] }')}
  customProperties: [{ property: trainyardLabel, value: { leakage: off, balance: warn, leastRows: 0, leastShare: 0.2 } }]
- { name: s, logicalType: string, logicalTypeOptions: { minLength: 2, maxLength: 3 } }
- { name: k, logicalType: string, unique: true, relationships: [{ to: keys.key }] }
- { name: d, logicalType: date }`,
  {
    quality: `- ${counted('rowCount')}\n- ${counted('duplicateValues', ', arguments: { properties: [c, k] }')}`,
    custom: `- { property: trainyardDuplicateRows, value: warn }\n- { property: trainyardOverlap, value: { with: train, columns: [c, k] } }`,
    sla: '- { property: freshness, value: 1, unit: d, element: d }',
  },
);

/** A table of every kind of value that counts, written as text. */
function write(seed: number, rows: number): void {
  const random = randomFrom(seed);
  const normal = normalFrom(random);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] ?? (values[0] as T);
  const scale = 10 ** Math.floor(random() * 16 - 6);
  const day = (): string =>
    new Date(Date.UTC(1800 + Math.floor(random() * 225), 0, 1 + Math.floor(random() * 365))).toISOString().slice(0, 10);
  const table = Array.from({ length: rows }, () => [
    random() < 0.1 ? '' : pick([String(normal() * 2), '0', '-0', '1e-5', '+1.50', '2']),
    String((normal() + (random() < 0.01 ? 1000 : 5)) * scale),
    pick(['AA', 'AA', 'AA', 'DL', 'n/a', '', 'é', 'e\u0301', 'aa', 'a b']),
    pick(['', 'x', 'xy', '\u{1F600}', '\u{1F600}\u{1F600}', 'e\u0301', 'abcd', "o''", '👩‍👩‍👧']),
    random() < 0.05 ? '' : String(Math.floor(random() * rows * 2)),
    random() < 0.1 ? '' : day(),
  ]);
  const repeated = table.filter(() => random() < 0.05);
  const lines = [...table, ...repeated].map((row) => `${row.join(',')}\n`);
  data.put('table.csv', `v,w,c,s,k,d\n${lines.join('')}`);
  data.put('keys.csv', `key\n${Array.from({ length: rows }, (_, index) => `${index}\n`).join('')}`);
  data.put(
    'train.csv',
    `c,k\n${table
      .filter(() => random() < 0.3)
      .map((row) => `${row[2]},${row[4]}\n`)
      .join('')}`,
  );
}

function ruleOf(report: DataReport, rule: string, column?: string): RuleResult {
  const found = report.rules.find((one) => one.rule === rule && (column === undefined || one.columns[0] === column));
  if (found === undefined) throw new Error(`expected a rule ${rule}`);
  return found;
}

const COUNTS = [
  'minimum',
  'maximum',
  'null_values',
  'missing_values',
  'invalid_values',
  'pattern',
  'min_length',
  'max_length',
  'unique',
  'duplicate_values',
  'duplicate_rows',
  'foreign_key',
  'train_test_overlap',
  'outliers',
];

test.each([
  [1, 40],
  [2, 300],
  [3, 2000],
  [4, 5000],
])('every rule and metric agrees with pandas to 10 digits (seed %i, %i rows)', async (seed, rows) => {
  write(seed, rows);
  const others = ['keys', 'train'].map((name) => ({ name, data: `${name}.csv` }));
  const report = await data.check('table.csv', CONTRACT, { others });
  const expected = pandas(SCRIPT);
  const value = (key: string): number => expected[key] ?? Number.NaN;
  expect(report.rows).toBe(value('rows'));
  const found = COUNTS.map((rule) => [rule, ruleOf(report, rule).count]);
  expect(found).toEqual(COUNTS.map((rule) => [rule, value(rule)]));
  const numbers = new Map(
    report.rules.map((one) => [`${one.columns[0]} ${one.expected.split(':')[0]}`, Number(one.found)]),
  );
  for (const name of ['min', 'max', 'mean', 'stddev', 'sum', 'median', 'quantile 0.1', 'quantile 0.99', 'distinct'])
    expectDigits(numbers.get(`v ${name}`) ?? Number.NaN, value(name), 10);
  for (const name of ['mean', 'stddev', 'sum'])
    expectDigits(numbers.get(`w ${name}`) ?? Number.NaN, value(`w ${name}`), 10);
  const [, percent] = report.rules.filter(({ rule }) => rule === 'null_values');
  expectDigits(Number.parseFloat(percent?.found ?? ''), value('null_percent'), 5);
  expect(ruleOf(report, 'class_balance').count).toBe(value('rare'));
  const fresh = ruleOf(report, 'freshness');
  expect(fresh.status).toBe(value('age_days') <= 1 ? 'passed' : 'failed');
  expect(Number.parseFloat(/, ([\d.]+) days old/.exec(fresh.found)?.[1] ?? '')).toBeCloseTo(
    Number(value('age_days').toPrecision(3)),
    6,
  );
  const profile = report.columns.find(({ name }) => name === 'w');
  expectDigits(profile?.mean ?? Number.NaN, value('w mean'), 10);
  expectDigits(profile?.sd ?? Number.NaN, value('w stddev'), 10);
});

test('every documented contract is accepted by the published schema of the standard', () => {
  const locate =
    'import open_data_contract_standard as o, os; print(os.path.join(os.path.dirname(o.__file__), "schema.json"))';
  const path = python.run(locate).trim();
  const schema = z.record(z.string(), z.unknown()).parse(JSON.parse(execFileSync('cat', [path], { encoding: 'utf8' })));
  const ajv = new Ajv2019({ strict: false });
  formats.default(ajv);
  const validate = ajv.compile(schema);
  for (const example of examplesOf('docs/data-contract.md')) {
    validate(parse(exampleText(example)));
    expect([example.line, validate.errors ?? []]).toEqual([example.line, []]);
  }
});
