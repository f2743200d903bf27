import { describe, expect, test } from 'vitest';
import { DataReport } from '../../../../core/data/report/data-report.ts';
import { reportToCheck } from '../../../../core/reports/data/check.ts';
import { reportToHtml } from '../../../../core/reports/data/html.ts';
import { reportToJson } from '../../../../core/reports/data/json.ts';
import { reportToJunit } from '../../../../core/reports/data/junit.ts';
import { reportToSarif, uriOf } from '../../../../core/reports/data/sarif.ts';
import { report, uncheckedRule } from './samples.ts';

const empty: DataReport = {
  ...report,
  status: 'not_checked',
  reason: 'the file is no CSV',
  rows: null,
  bytes: null,
  approximate: [],
  rules: [],
  findings: [],
  totalFindings: 0,
  columns: [],
  base: null,
};

const passed: DataReport = { ...empty, status: 'passed', reason: null, rows: 10, rules: report.rules.slice(0, 1) };

describe('the HTML report', () => {
  const page = reportToHtml(report);

  test('asks for nothing outside of itself, and holds no script', () => {
    expect(page).toMatch(/default-src &#39;none&#39;; style-src &#39;sha256-/);
    expect(page).not.toMatch(/<(?:script|img|link|iframe|object|form)|\ssrc=|url\(|@import|\son\w+=|\sstyle=/i);
    expect([...page.matchAll(/href="([^"]*)"/g)].map(([, to]) => to)).toEqual([
      '#rules',
      '#base',
      '#columns',
      '#files',
    ]);
  });

  test('opens every element that it closes', () => {
    const open: string[] = [];
    for (const [, close, name = '', rest = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/g)) {
      if (close === '/') expect(open.pop()).toBe(name);
      else if (!rest.endsWith('/') && name !== 'meta') open.push(name);
    }
    expect(open).toEqual([]);
  });

  test('says verdict, violations, lines, waiver, drift, schema and rows', () => {
    for (const text of [
      'breaks 1 rule in 10,000 rows',
      '3 rows (0.03 %)',
      'data/flights.csv:1204',
      'until 2026-12-31 by ada',
      'drift in 1 of 2 columns',
      'breaking',
      '412',
      'about 998',
    ]) {
      expect(page).toContain(text);
    }
  });

  test('shows what nobody sees in a value: null, empty text, spaces at the ends, controls', () => {
    const values = [null, '', ' x ', 'a\tb\0'];
    const examples = values.map((value) => ({ file: null, line: 1, row: 1, value }));
    const shown = reportToHtml({ ...report, rules: [{ ...uncheckedRule, status: 'failed', examples }] });
    for (const text of ['<em>null</em>', '<em>empty</em>', '·</span>x<span', 'a␉b␀']) expect(shown).toContain(text);
  });

  test('says of nothing that it is fine where nothing was checked', () => {
    const shown = reportToHtml(empty);
    expect(shown).toContain('not checked: the file is no CSV');
    expect(shown).not.toContain('✓');
  });

  test('stays a page that opens with five thousand columns and rules', () => {
    const columns = Array.from({ length: 5000 }, (_, at) => ({ ...report.columns.at(at % 4), name: `c${at}` }));
    const rules = Array.from({ length: 5000 }, (_, at) => ({ ...report.rules.at(at % 6) }));
    const wide = DataReport.parse({ ...report, columns, rules });
    expect(reportToHtml(wide).length).toBeLessThan(5_000_000);
  });
});

describe('SARIF', () => {
  const [run] = JSON.parse(reportToSarif(report, { version: '0.1.0' })).runs;

  test('has one result per finding at its line, and one per open rule without findings', () => {
    const places = run.results.map(
      (one: {
        ruleId: string;
        locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[];
      }) => {
        const place = one.locations[0]?.physicalLocation;
        return `${one.ruleId} ${place?.artifactLocation.uri}:${place?.region.startLine}`;
      },
    );
    expect(places).toEqual([
      'maximum data/flights.csv:17',
      'maximum data/flights.csv:1204',
      'invalid_values data/flights.csv:88',
      'sql models/flight-delay/flights.odcs.yaml:12',
      'outliers models/flight-delay/flights.odcs.yaml:31',
      'failed data/flights.csv:1',
    ]);
  });

  test('suppresses what is waived, and names the person', () => {
    const waived = run.results.filter((one: { suppressions?: unknown }) => one.suppressions !== undefined);
    expect(waived.map((one: { ruleId: string }) => one.ruleId)).toEqual(['invalid_values']);
    expect(JSON.stringify(waived)).toContain('ada: two new airports');
  });

  test('is no success where nothing was checked', () => {
    const [one] = JSON.parse(reportToSarif(empty, { version: '0.1.0' })).runs;
    expect(one.invocations[0].executionSuccessful).toBe(false);
    expect(one.results).toMatchObject([{ ruleId: 'not_checked', level: 'error' }]);
  });

  test.each([
    ['data/a b#c%.csv', 'data/a%20b%23c%25.csv'],
    ['/tmp/x.csv', 'file:///tmp/x.csv'],
    ['s3://bucket/a?b', 's3://bucket/a%3Fb'],
    ['javascript:alert(1)', 'javascript%3Aalert(1)'],
    ['\ud800', '%EF%BF%BD'],
  ])('writes the path %j as the reference %s', (path, uri) => {
    expect(uriOf(path)).toBe(uri);
  });
});

describe('JUnit', () => {
  test('counts what it holds, and shows nothing unchecked as skipped', () => {
    const xml = reportToJunit(report);
    expect(xml).toContain('tests="7" failures="2" errors="1" skipped="1"');
    expect(xml).toMatch(/name="no flight lands[^>]*><error /);
    expect(xml).toMatch(/name="outliers of dep_delay" time="0"><system-out>warning: /);
  });

  test('has an error where nothing was checked, and neither where all holds', () => {
    expect(reportToJunit(empty)).toContain('tests="1" failures="0" errors="1"');
    expect(reportToJunit(passed)).toContain('tests="2" failures="0" errors="0" skipped="0"');
  });
});

describe('the text of a check', () => {
  const check = reportToCheck(report);

  test('says the verdict first, and counts', () => {
    expect(check.title).toBe('flights breaks 1 rule in 10,000 rows');
    expect(check.summary).toContain('Rules: 1 failed, 1 warning, 1 not checked, 1 waived, 2 passed.');
    expect(check.summary).toContain('Drift in 1 of 2 columns.');
  });

  test('annotates lines of the data, and lines of the contract for the rest', () => {
    expect(check.annotations.map(({ path, line, level }) => `${level} ${path}:${line}`)).toEqual([
      'failure data/flights.csv:17',
      'failure data/flights.csv:1204',
      'failure models/flight-delay/flights.odcs.yaml:12',
      'warning models/flight-delay/flights.odcs.yaml:31',
    ]);
  });

  test('is green for what passed only', () => {
    expect(reportToCheck(passed).summary).toMatch(/^✅ `flights` meets its contract: 10 rows, 1 rule/);
    expect(reportToCheck(empty).summary).toMatch(/^❌ `flights` not checked/);
  });
});

test('JSON is the report itself', () => {
  expect(JSON.parse(reportToJson(report))).toEqual(report);
});
