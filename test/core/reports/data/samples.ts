import type { DataReport, RuleResult } from '../../../../core/data/report/data-report.ts';
import type { ColumnProfile } from '../../../../core/data/report/profile.ts';

export const passedRule: RuleResult = {
  rule: 'required',
  columns: ['carrier'],
  severity: 'fail',
  status: 'passed',
  expected: 'no nulls',
  found: 'none',
  count: 0,
  share: 0,
  tolerance: null,
  waiver: null,
  examples: [],
  contractLine: 12,
  label: '',
};

export const failedRule: RuleResult = {
  ...passedRule,
  rule: 'maximum',
  columns: ['dep_delay'],
  status: 'failed',
  expected: 'at most 1440',
  found: 'up to 98765',
  count: 3,
  share: 0.0003,
  tolerance: { unit: 'share', value: 0.0001 },
  examples: [
    { file: null, line: 17, row: 15, value: '98765' },
    { file: null, line: 1204, row: 1201, value: '1441' },
    { file: null, line: null, row: null, value: null },
  ],
  contractLine: 31,
  label: 'a delay is shorter than a day',
};

export const waivedRule: RuleResult = {
  ...passedRule,
  rule: 'invalid_values',
  columns: ['dest'],
  status: 'waived',
  expected: 'one of 104 airports',
  found: '2 others',
  count: 41,
  share: 0.0041,
  waiver: { owner: 'ada', reason: 'two new airports, list comes with the next release', expires: '2026-12-31' },
  examples: [{ file: null, line: 88, row: 86, value: 'XNA ' }],
};

export const uncheckedRule: RuleResult = {
  ...passedRule,
  rule: 'sql',
  columns: [],
  status: 'not_checked',
  expected: '0',
  found: 'the query is no single SELECT',
  count: null,
  share: null,
  label: 'no flight lands before it starts',
};

export const numbers: ColumnProfile = {
  name: 'dep_delay',
  type: 'number',
  physicalType: 'DOUBLE',
  rows: 10_000,
  nulls: 231,
  distinct: 412,
  distinctEstimate: null,
  min: '-43',
  max: '98765',
  mean: 12.639,
  sd: 40.21,
  quantiles: [0, 0.25, 0.5, 0.75, 1].map((p, at) => ({ p, value: [-43, -5, -2, 11, 98765][at] ?? 0 })),
  top: [
    { value: '-5', count: 731 },
    { value: '-4', count: 702 },
  ],
  histogram: [120, 1900, 3400, 2100, 900, 500, 350, 200, 150, 90, 40, 19].map((count, at) => {
    return { from: -43 + at * 20, to: -23 + at * 20, count };
  }),
  minLength: null,
  maxLength: null,
  format: null,
  pii: null,
};

export const texts: ColumnProfile = {
  ...numbers,
  name: 'carrier',
  type: 'string',
  physicalType: 'VARCHAR',
  nulls: 0,
  distinct: 6,
  min: '9E',
  max: 'WN',
  mean: null,
  sd: null,
  quantiles: [],
  top: ['UA', 'B6', 'EV', 'DL', 'AA', 'MQ'].map((value, at) => ({ value, count: 2400 - at * 350 })),
  histogram: null,
  minLength: 2,
  maxLength: 2,
};

const times: ColumnProfile = {
  ...numbers,
  name: 'time_hour',
  type: 'timestamp',
  physicalType: 'TIMESTAMP',
  nulls: 0,
  distinct: 6936,
  min: '2013-01-01 05:00:00',
  max: '2013-12-31 23:00:00',
  mean: null,
  sd: null,
  quantiles: [],
  top: [],
  histogram: [800, 790, 850, 830, 840, 845, 860, 855, 820, 835, 810, 865].map((count, at) => {
    return { from: Date.UTC(2013, at, 1), to: Date.UTC(2013, at + 1, 1), count };
  }),
};

const mails: ColumnProfile = {
  ...texts,
  name: 'contact',
  nulls: 9000,
  distinct: null,
  distinctEstimate: 998,
  min: 'a***@e***',
  max: 'z***@e***',
  top: [],
  minLength: 11,
  maxLength: 44,
  format: 'email',
  pii: 'email',
};

/** A report in which everything occurs. */
export const report: DataReport = {
  version: 1,
  dataset: 'flights',
  files: [{ path: 'data/flights.csv', bytes: 1_234_567, sha256: 'a1'.repeat(32) }],
  contract: 'models/flight-delay/flights.odcs.yaml',
  format: 'csv',
  status: 'failed',
  reason: '3 problems in 10000 rows',
  rows: 10_000,
  bytes: 1_234_567,
  approximate: ['distinct values of contact are an estimate (HyperLogLog, about 2 % off)'],
  rules: [
    passedRule,
    failedRule,
    waivedRule,
    uncheckedRule,
    { ...failedRule, rule: 'outliers', severity: 'warn', label: '', examples: [], tolerance: null },
    { ...passedRule, rule: 'unique', columns: ['carrier', 'flight', 'time_hour'] },
  ],
  findings: [
    {
      rule: 'maximum',
      severity: 'fail',
      file: 'data/flights.csv',
      line: 17,
      column: 'dep_delay',
      message: 'expected at most 1440, found "98765"',
    },
    {
      rule: 'maximum',
      severity: 'fail',
      file: 'data/flights.csv',
      line: 1204,
      column: 'dep_delay',
      message: 'expected at most 1440, found "1441"',
    },
  ],
  totalFindings: 3,
  columns: [numbers, texts, times, mails],
  base: {
    source: 'data/flights.csv at main',
    kind: 'data',
    rows: 9600,
    schema: [
      {
        kind: 'column_removed',
        column: 'tailnum',
        compatible: false,
        breaks: ['flight-delay'],
        message: 'column "tailnum" is gone',
      },
      {
        kind: 'column_added',
        column: 'contact',
        compatible: true,
        breaks: [],
        message: 'column "contact" is new, nulls allowed',
      },
    ],
    diff: {
      key: ['carrier', 'flight', 'time_hour'],
      added: 412,
      removed: 12,
      changed: 37,
      unchanged: 9551,
      leftOut: { nullKey: { head: 2, base: 0 }, repeatedKey: { head: 14, base: 3 } },
      columns: [{ column: 'dep_delay', changed: 37 }],
      examples: [
        {
          kind: 'changed',
          key: ['UA', '1545', '2013-01-01 05:00:00'],
          line: 17,
          baseLine: 16,
          file: null,
          cells: [{ column: 'dep_delay', base: '2', head: '98765' }],
        },
        { kind: 'added', key: ['XX', '9', '2013-12-31 23:00:00'], line: 9990, baseLine: null, file: null, cells: [] },
        { kind: 'removed', key: ['UA', '1714', null], line: 3, baseLine: null, file: null, cells: [] },
      ],
    },
    drift: [
      {
        column: 'dep_delay',
        of: 'values',
        test: 'ks',
        statistic: 0.183,
        pValue: 2.1e-14,
        cutoff: 0.0241,
        drifted: true,
        newCategories: [],
        lostCategories: [],
        sizes: { head: 9769, base: 9410 },
        correction: 'holm',
        distribution: {
          kind: 'bins',
          bins: [120, 1900, 3400, 2100, 900, 500, 350, 200, 150, 90, 40, 19].map((head, at) => {
            const base = [300, 2900, 3000, 1500, 700, 400, 250, 150, 110, 60, 30, 10][at] ?? 0;
            return { from: -43 + at * 20, to: -23 + at * 20, head, base };
          }),
        },
      },
      {
        column: 'carrier',
        of: 'values',
        test: 'chi_squared',
        statistic: 3.2,
        pValue: 0.67,
        cutoff: 11.07,
        drifted: false,
        newCategories: ['XX'],
        lostCategories: ['YV', 'OO'],
        sizes: { head: 10_000, base: 9600 },
        correction: 'holm',
        distribution: {
          kind: 'categories',
          categories: ['UA', 'B6', 'EV', 'DL', 'AA', 'XX'].map((value, at) => {
            return { value, head: 2400 - at * 350, base: at === 5 ? 0 : 2250 - at * 310 };
          }),
          other: { head: 900, base: 1100 },
        },
      },
    ],
    notCompared: [
      {
        what: 'drift',
        column: 'contact',
        code: 'too_many_categories',
        reason: 'it has more than 1000 different values that are no numbers',
      },
    ],
  },
};
