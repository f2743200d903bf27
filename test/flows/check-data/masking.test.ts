import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { localFiles } from '../../../adapters/duckdb/files.ts';
import type { DataReport } from '../../../core/data/report/data-report.ts';
import { reportToCheck } from '../../../core/reports/data/check.ts';
import { reportToHtml } from '../../../core/reports/data/html.ts';
import { reportToJson } from '../../../core/reports/data/json.ts';
import { reportToJunit } from '../../../core/reports/data/junit.ts';
import { reportToSarif } from '../../../core/reports/data/sarif.ts';
import { identify } from '../../../flows/check-data/identify.ts';
import { load } from '../../../flows/check-data/load.ts';
import { maskProfiles, personalColumns } from '../../../flows/check-data/masking.ts';
import { measureTable } from '../../../flows/check-data/measure.ts';
import { bundledEngines, conversion } from '../../adapters/duckdb/bundled-engines.ts';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

/** In each personal value, and in nothing else. */
const SECRET = /canary|77777\d/i;
const ROWS = 40;

function lines(row: (at: number) => string): string {
  return `${Array.from({ length: ROWS }, (_, at) => row(at)).join('\n')}\n`;
}

/** Where the value of a person comes out, with what stands before it. */
function leaks(report: DataReport): readonly string[] {
  const { summary, annotations, title } = reportToCheck(report);
  const outputs = {
    json: reportToJson(report),
    check: [title, summary, JSON.stringify(annotations)].join('\n'),
    html: reportToHtml(report),
    sarif: reportToSarif(report, { version: '1' }),
    junit: reportToJunit(report),
  };
  return Object.entries(outputs).flatMap(([name, text]) => {
    const at = text.search(SECRET);
    return at === -1 ? [] : [`${name}: ${text.slice(Math.max(0, at - 80), at + 20)}`];
  });
}

describe('SQL of a contract shows no value of a person:', () => {
  const hidden = 'not shown: personal data';
  const queries = [
    ['SELECT max(ssn::BIGINT) FROM flights', 'failed', hidden],
    ['SELECT max(d.ssn::BIGINT) FROM flights AS d', 'failed', hidden],
    ["SELECT max(d['ssn']::BIGINT) FROM flights AS d", 'failed', hidden],
    ['SELECT max(x::BIGINT) FROM flights AS d(a, b, x, y)', 'failed', hidden],
    ['SELECT max(x) FROM (SELECT ssn::BIGINT AS x FROM flights)', 'failed', hidden],
    ['SELECT max(#3::BIGINT) FROM flights', 'failed', hidden],
    ["SELECT max(COLUMNS('ssn')::BIGINT) FROM flights", 'failed', hidden],
    ['SELECT CASE WHEN id = 0 THEN ssn::BIGINT END FROM flights WHERE id = 0', 'failed', hidden],
    ['SELECT mail FROM flights LIMIT 1', 'not_checked', 'the query gave a value of type VARCHAR'],
    ['SELECT list(mail) FROM flights', 'not_checked', 'the query gave a value of type VARCHAR[]'],
    ['SELECT count(*) FROM flights WHERE mail::INT > 3', 'not_checked', 'a value can’t be converted to INT32'],
    ['SELECT sum(ssn::BIGINT::TINYINT) FROM flights', 'not_checked', 'a value can’t be converted to INT8'],
    ['SELECT count(*) FROM flights WHERE mail::DATE > now()', 'not_checked', 'a value can’t be converted to date'],
    ['SELECT count(*) FROM flights WHERE mail::DECIMAL(4,2) > 1', 'not_checked', 'to DECIMAL(4,2)'],
    [
      'SELECT max(ssn::BIGINT * ssn::BIGINT * ssn::BIGINT) FROM flights',
      'not_checked',
      'is beyond what its type holds',
    ],
    ["SELECT count(*) FROM flights WHERE error('x' || mail)", 'not_checked', 'is not what is expected of it'],
    ['SELECT count(*) FROM flights WHERE json(mail) IS NULL', 'not_checked', 'is not what is expected of it'],
    ["SELECT count(*) FROM flights WHERE regexp_matches(note, mail || '(')", 'not_checked', 'is not what is expected'],
    ['SELECT count(*) FROM flights WHERE (chr(10) || mail)::INT > 3', 'not_checked', 'a value can’t be converted'],
    // Counts, and what is of other columns, are shown.
    ["SELECT count(*) FROM flights WHERE mail NOT LIKE '%@%'", 'passed', '0'],
    ['SELECT count(DISTINCT ssn) FROM flights', 'failed', '40'],
    ['SELECT 100.0 * count(mail) / count(*) FROM flights', 'failed', '100'],
    ['SELECT max(id) FROM flights', 'failed', '39'],
    ['SELECT sum(CASE WHEN mail IS NULL THEN 0 ELSE 1 END) FROM flights', 'failed', '40'],
    ['SELECT count(*) FROM (SELECT DISTINCT mail FROM flights)', 'failed', '40'],
  ] as const;
  const people = folder.put(
    'people.csv',
    `id,mail,ssn,note\n${lines((at) => `${at},canary${at}@example.org,77777${10_000 + at},x`)}`,
  );
  const mark = 'customProperties: [{ property: trainyardPersonal, value: true }]';
  const columns = `- { name: id, logicalType: integer }
- { name: mail, logicalType: string, ${mark} }
- { name: ssn, logicalType: string, ${mark} }
- { name: note, logicalType: string }`;
  const rules = queries.map(([query]) => `- { type: sql, query: ${JSON.stringify(query)}, mustBe: 0 }`);
  const checked = folder.check(people, contract(columns, rules.join('\n')));

  test.each(queries.map(([query, status, found], at) => ({ query, status, found, at })))('$query', async (one) => {
    const rule = (await checked).rules.filter((other) => other.rule === 'sql')[one.at];
    expect(rule).toMatchObject({ status: one.status, found: expect.stringContaining(one.found) });
  });

  test('in any report', async () => {
    expect(leaks(await checked)).toEqual([]);
  });
});

describe('no report shows a value of a person', () => {
  const nested = (shift: number) =>
    lines((at) =>
      JSON.stringify({
        id: at,
        who: { reach: `canary${at + shift}@example.org` },
        tags: [`canary${shift}@example.org`],
      }),
    );
  const [head, base] = [folder.put('nested.jsonl', nested(0)), folder.put('nested-base.jsonl', nested(1))];

  test.each([
    [
      'of which the contract says nothing',
      '- { name: who, logicalType: object }\n- { name: tags, logicalType: array }',
    ],
    [
      'that break rules',
      `- { name: who, logicalType: object, properties: [{ name: reach, logicalType: string, logicalTypeOptions: { maxLength: 3 } }] }
- { name: tags, logicalType: array, items: { logicalType: string, logicalTypeOptions: { maxLength: 3 } } }`,
    ],
  ])('inside of values %s', async (_, columns) => {
    const report = await folder.check(
      head,
      contract(`- { name: id, logicalType: integer, primaryKey: true }\n${columns}`),
      {
        base,
      },
    );
    expect(report.base?.diff?.changed).toBe(ROWS);
    expect(leaks(report)).toEqual([]);
  });

  test('that the base tells to be one where the head has spoilt half of them', async () => {
    folder.put(
      'spoilt.csv',
      `id,reach\n${lines((at) => `${at},${at % 2 === 0 ? 'spoilt' : `canary${at}@example.org`}`)}`,
    );
    folder.put('whole.csv', `id,reach\n${lines((at) => `${at},canary${at}@example.org`)}`);
    const strict = contract(`- { name: id, logicalType: integer, primaryKey: true }
- { name: reach, logicalType: string, unique: true, logicalTypeOptions: { maxLength: 8 } }`);
    const report = await folder.check('spoilt.csv', strict, { base: 'whole.csv' });
    expect(report.rules.find(({ rule }) => rule === 'max_length')?.examples[0]).toMatchObject({
      line: 3,
      value: '•••',
    });
    expect(leaks(report)).toEqual([]);
  });

  test.each([
    ['without a header', `${ROWS},hidden canary,x\n`],
    ['under another name', 'id,alias,note\n'],
    ['beside another column that is gone', 'number,alias,note\n'],
  ])('of a column that the contract marks and the file has %s', async (_, header) => {
    const name = folder.put('renamed.csv', `${header}${lines((at) => `${at},hidden canary,x`)}`);
    const base = folder.put('named.csv', `id,who,note\n${lines((at) => `${at},hidden canary,y`)}`);
    const marked = contract(`- { name: id, logicalType: integer, primaryKey: true }
- { name: who, customProperties: [{ property: trainyardPersonal, value: true }] }
- { name: note }`);
    expect(leaks(await folder.check(name, marked, { base }))).toEqual([]);
    expect(leaks(await folder.check(base, marked, { base: name }))).toEqual([]);
  });

  test.each([
    ['which has other columns', '- { name: id, logicalType: integer }\n- { name: reach, logicalType: string }'],
    ['which has more columns', '- { name: id, logicalType: integer }\n- { name: reach }\n- { name: n }\n- { name: o }'],
  ])('where a file without a header is checked by a contract %s', async (_, columns) => {
    const name = folder.put(
      'headerless.csv',
      lines((at) => `${at},canary${at}@example.org,x`),
    );
    const report = await folder.check(name, contract(columns), { base: name });
    expect(report.status).toBe('failed');
    expect(leaks(report)).toEqual([]);
  });

  test.each([
    ['a record that is cut', 'cut.jsonl', '{"mail":"canary@example.org'],
    ['a value without quotes', 'bare.jsonl', '{"mail":canary@example.org}'],
    ['an array that is none', 'bare.json', '[{"mail":canary@example.org}]'],
    ['text after a quote', 'quote.csv', 'mail,x\n"canary@example.org"canary,1'],
  ])('in what is said of text that is wrong: %s', async (_, name, text) => {
    folder.put(name, text);
    const report = await folder.check(name, contract('- { name: mail, logicalType: string }'));
    expect(report.status).toBe('failed');
    expect(leaks(report)).toEqual([]);
  });
});

test('personal data is known by its values also where they are too many to be counted', async () => {
  const rows = lines((at) =>
    JSON.stringify({
      ...{ reach: at < 5 ? null : `canary${at}@example.org`, card: 4111111111111111, born: `19${50 + at}-01-02` },
      ...{ who: { reach: `canary${at}@example.org` }, n: at, place: `somewhere ${at}` },
    }),
  );
  const name = folder.put('many.jsonl', rows);
  const files = localFiles({ directory: folder.directory, conversion });
  const limits = { memoryMb: 256, threads: 1, seconds: 60, temporaryMb: 64 };
  const engine = await bundledEngines().open([join(folder.directory, name)], limits);
  try {
    const { table } = await load(await identify(name, files), 'trainyard.head', engine, files);
    const { profiles } = await measureTable(table, null, engine, 0);
    expect(profiles.map((one) => [one.name, one.distinct, one.pii])).toEqual([
      ['reach', null, 'email'],
      ['card', null, 'card'],
      ['born', null, null],
      ['who', null, 'email'],
      ['n', null, null],
      ['place', null, null],
    ]);
    expect(JSON.stringify(maskProfiles(profiles, personalColumns(null, profiles)))).not.toMatch(SECRET);
  } finally {
    await engine.close();
    await files.close();
  }
});
