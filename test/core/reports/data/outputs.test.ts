import { describe, expect, test } from 'vitest';
import { DataReport, type RuleResult } from '../../../../core/data/report/data-report.ts';
import { reportToCheck } from '../../../../core/reports/data/check.ts';
import { displayWidth } from '../../../../core/reports/data/display-width.ts';
import { reportToHtml } from '../../../../core/reports/data/html.ts';
import { reportToJson } from '../../../../core/reports/data/json.ts';
import { reportToJunit } from '../../../../core/reports/data/junit.ts';
import { reportToSarif, uriOf } from '../../../../core/reports/data/sarif.ts';
import { reportToLines } from '../../../../core/reports/data/terminal-report.ts';
import { failedRule, report, uncheckedRule } from './samples.ts';

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

  test('shows examples of the first broken rules at once, names the rest in a table, and asks in the contract’s words', () => {
    const [broken] = report.rules.filter(({ status, severity }) => status === 'failed' && severity === 'fail');
    if (broken === undefined) throw new Error('expected a failed rule');
    const open: RuleResult = { ...uncheckedRule, rule: 'not_checked', severity: 'warn', expected: 'type blob' };
    const rules = [...Array.from({ length: 250 }, (_, at) => ({ ...broken, columns: [`c${at}`] })), open];
    const many = reportToHtml({ ...report, rules, base: null });
    expect(many.match(/<details open>/g)).toHaveLength(5);
    expect(many).toContain('<summary>51 further rules that do not hold</summary>');
    expect(many).toContain('c249');
    expect(reportToHtml({ ...report, rules: [open] })).toContain('<dt>asked</dt><dd>type blob</dd>');
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

  test('shows what a file without lines breaks at its rule in the contract', () => {
    const findings = report.findings.map((one) => ({ ...one, file: 'data/flights.parquet', line: null }));
    const files = [{ path: 'data/flights.parquet', bytes: 1, sha256: null }];
    const parquet = { ...report, format: 'parquet' as const, files, findings };
    const { results } = JSON.parse(reportToSarif(parquet, { version: '0.1.0' })).runs[0];
    expect(results[0]).toMatchObject({
      ruleId: 'maximum',
      message: { text: 'data/flights.parquet: dep_delay: expected at most 1440, found "98765"' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: report.contract },
            region: { startLine: failedRule.contractLine },
          },
        },
      ],
    });
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
      'failure models/flight-delay/flights.odcs.yaml:12',
      'warning models/flight-delay/flights.odcs.yaml:31',
      'failure data/flights.csv:1204',
    ]);
  });

  test('annotates one line of each rule first, and what has no line once at the contract', () => {
    const finding = (rule: string, line: number | null) => {
      return { rule, severity: 'fail', file: 'data/x', line, column: 'c', message: `${rule} ${line}` } as const;
    };
    const rule = report.rules[0];
    if (rule === undefined) throw new Error('expected a rule');
    const many = Array.from({ length: 300 }, (_, at) => finding('unique', at + 2));
    const { annotations } = reportToCheck({
      ...report,
      rules: [{ ...rule, rule: 'minimum', columns: ['c'], contractLine: 9, status: 'failed' }],
      findings: [...many, finding('minimum', null), finding('minimum', null), finding('type', 7)],
    });
    expect(annotations.slice(0, 4).map(({ path, line, message }) => `${path}:${line} ${message}`)).toEqual([
      'data/x:2 unique 2',
      'models/flight-delay/flights.odcs.yaml:9 data/x: minimum null',
      'data/x:7 type 7',
      'data/x:3 unique 3',
    ]);
    expect(annotations).toHaveLength(200);
  });

  test('is green for what passed only', () => {
    expect(reportToCheck(passed).summary).toMatch(/^✅ `flights` meets its contract: 10 rows, 1 rule/);
    expect(reportToCheck(empty).summary).toMatch(/^❌ `flights` not checked/);
  });
});

test('a check says what fixes data that came from elsewhere, whatever its source is called', () => {
  const source = 's3://team/`x` @ada';
  const { summary } = reportToCheck({ ...report, pins: [{ source, kind: 'sha256', value: 'a'.repeat(64) }] });
  expect(summary).toContain('Read from elsewhere, and fixed by:');
  expect(summary).toContain(`: sha256 \`${'a'.repeat(64)}\``);
  expect(summary).not.toContain(' @ada\n');
});

test('JSON is the report itself', () => {
  expect(JSON.parse(reportToJson(report))).toEqual(report);
});

describe('the terminal', () => {
  const call = { data: 'data/flights.csv', contract: 'flights.odcs.yaml' };
  const lines = reportToLines(report, call);

  test('says the verdict first, and counts', () => {
    expect(lines.slice(0, 2)).toEqual([
      '✗ flights breaks 1 rule in 10,000 rows',
      '  6 rules: 1 failed, 1 warned, 1 not checked, 1 waived, 2 passed',
    ]);
  });

  test('puts what was expected of each rule into one column, whatever the names are', () => {
    const table = lines.filter((line) => /^[✗!?–] {2}/.test(line));
    expect(table).toHaveLength(4);
    expect(new Set(table.map((line) => line.indexOf('  expected '))).size).toBe(1);
    const long = { ...uncheckedRule, label: 'ünï\u{1f600} '.repeat(60), found: 'a\nb\tc' };
    const [first = '', second = ''] = reportToLines(
      { ...report, rules: [long, uncheckedRule], findings: [] },
      call,
    ).filter((line) => line.startsWith('?'));
    const widthBefore = (line: string) => displayWidth(line.slice(0, line.indexOf('x')));
    expect(widthBefore(first)).toBe(widthBefore(second));
    expect(first).toContain('a b c');
  });

  test('says what to do next where it did not pass, and nothing where it did', () => {
    expect(lines.at(-2)).toMatch(/^next: mend the data, or change the contract/);
    expect(reportToLines(empty, call).at(-1)).toMatch(/^next: nothing can be said/);
    expect(reportToLines(passed, call)).toEqual([
      '✓ flights meets its contract: 10 rows, 1 rule',
      '  1 rule: 1 passed',
    ]);
  });

  test('shows a few places of each rule, so that one broken column does not hide the others', () => {
    const [finding] = report.findings;
    if (finding === undefined) throw new Error('expected a finding');
    const findings = Array.from({ length: 40 }, (_, line) => ({ ...finding, line: line + 2 }));
    const other = { ...finding, rule: 'unique', column: 'id', line: 99 };
    const shown = reportToLines({ ...report, findings: [...findings, other], totalFindings: 900 }, call);
    expect(shown.filter((line) => line.startsWith('  data/flights.csv:'))).toHaveLength(6);
    expect(shown).toContain('  … and 894 findings more: --json or --html has them');
  });
});

describe('against the base', () => {
  const none = { source: 'x.csv', kind: 'data', rows: null, schema: [], diff: null, drift: [] } as const;
  const nothing: DataReport = {
    ...passed,
    base: {
      ...none,
      schema: [],
      drift: [],
      notCompared: [{ what: 'all', column: null, code: 'base_missing', reason: 'no file' }],
    },
  };

  test.each([
    ['the check', (one: DataReport) => reportToCheck(one).summary.replaceAll('`', '')],
    ['the page', reportToHtml],
    ['the terminal', (one: DataReport) => reportToLines(one, { data: 'd', contract: 'c' }).join('\n')],
  ])('%s says that nothing was compared, and calls no schema the same', (_what, render) => {
    const text = render(nothing);
    expect(text).toContain('Nothing was compared with x.csv.');
    expect(text).not.toMatch(/same|No drift|no drift/);
  });

  test('the check shows how shares and shapes moved, over which range, and lines on both sides', () => {
    const { summary } = reportToCheck(report);
    expect(summary).toMatch(/`dep_delay` \| `[▁▂▃▄▅▆▇█·]{12}`<br>`[▁▂▃▄▅▆▇█·]{12}`<br>−43 to 197/);
    expect(summary).toContain(
      '| changed | 17 (base 16) | `UA`, `1545`, `2013-01-01 05:00:00` | `dep_delay`: `2` → `98765` |',
    );
    expect(summary).toContain('breaking for flight-delay: column "tailnum" is gone');
    expect(summary).toContain('rows whose key occurs more than once (14 here, 3 in the base)');
    expect(summary).toContain('drift of contact: it has more than 1000 different values');
  });

  test('a check of ten thousand drifted columns stays within what GitHub takes', () => {
    const [first] = report.base?.drift ?? [];
    if (first === undefined || report.base === null) throw new Error('expected drift');
    const drift = Array.from({ length: 10_000 }, (_, at) => ({ ...first, column: `${'x'.repeat(200)}${at}` }));
    const notCompared = drift.map(({ column }) => ({
      what: 'drift' as const,
      column,
      code: 'no_values' as const,
      reason: column,
    }));
    const { summary } = reportToCheck(DataReport.parse({ ...report, base: { ...report.base, drift, notCompared } }));
    expect(summary.length).toBeLessThanOrEqual(65_535);
    expect(summary).toContain('9,950 more are in the full report');
  });
});
