import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  parseMetrics,
  parsePythonJson,
  parseStepMetrics,
  quoteNonFinite,
  StepMetric,
} from '../../../core/evaluation/metrics.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

test('reads a flat object of numbers', () => {
  expect(parseMetrics(bytes('{"roc_auc": 0.74, "rows": 2000, "p@5": -1e-3}'))).toEqual({
    ok: true,
    metrics: { roc_auc: 0.74, rows: 2000, 'p@5': -0.001 },
    leftOut: null,
  });
});

test.each([
  ['a list', '[1]', 'expected one object'],
  ['null', 'null', 'expected one object'],
  ['no JSON', '{', 'not valid JSON'],
  ['NaN that is no value', '{"a": 1 NaN}', 'not valid JSON'],
  ['true', '{"a": true}', 'must be a finite number, found true'],
  ['a string', '{"a": "0.9"}', 'must be a finite number, found "0.9"'],
  ['a nested object', '{"a": {"b": 1}}', 'must be a finite number'],
  ['a bad name', '{"a b": 1}', 'no metric name'],
  ['a name of a prototype', '{"__proto__": 1}', 'no metric name'],
  ['an empty name', '{"": 1}', 'no metric name'],
  ['too many', `{${Array.from({ length: 201 }, (_, index) => `"m${index}":1`).join()}}`, 'at most 200'],
  ['too large', `{"a": ${' '.repeat(1 << 20)}1}`, '1 MB at most'],
])('refuses %s', (_, text, message) => {
  expect(parseMetrics(bytes(text))).toEqual({ ok: false, message: expect.stringContaining(message) });
});

test.each([
  ['NaN', 'NaN'],
  ['-Infinity', '-Infinity'],
  ['1e999', 'Infinity'],
  ['null', 'NaN'],
  ['"NaN"', 'NaN'],
])('leaves %s out by its name, and keeps the others', (written, told) => {
  expect(parseMetrics(bytes(`{"loss": ${written}, "roc_auc": 0.74}`))).toEqual({
    ok: true,
    metrics: { roc_auc: 0.74 },
    leftOut: `metrics.json: no finite number, and left out: loss (${told})`,
  });
});

test('names five of those that it leaves out', () => {
  const text = `{${Array.from({ length: 200 }, (_, index) => `"m${index}":NaN`).join()}}`;
  expect(parseMetrics(bytes(text))).toMatchObject({
    metrics: {},
    leftOut: expect.stringMatching(/m4 \(NaN\) and 195 more$/),
  });
});

test('refuses bytes that are not UTF-8', () => {
  expect(parseMetrics(Buffer.from([0x7b, 0xff, 0x7d]))).toMatchObject({ ok: false });
});

test('reads step metrics and drops further keys', () => {
  const text = '{"step":1,"metric":"loss","value":0.5,"time":3}\n\n{"step":2,"metric":"loss","value":0.4}\n';
  expect(parseStepMetrics(bytes(text))).toEqual({
    points: [
      { step: 1, metric: 'loss', value: 0.5 },
      { step: 2, metric: 'loss', value: 0.4 },
    ],
    skipped: 0,
    problem: null,
  });
});

test.each([
  ['not JSON', 'x'],
  ['a negative step', '{"step":-1,"metric":"a","value":1}'],
  ['a fractional step', '{"step":0.5,"metric":"a","value":1}'],
  ['a bad name', '{"step":1,"metric":"<b>","value":1}'],
  ['no value', '{"step":1,"metric":"a"}'],
  ['a value that is no number', '{"step":1,"metric":"a","value":"1"}'],
  ['a long line', `{"step":1,"metric":"a","value":1,"x":"${'y'.repeat(1100)}"}`],
])('skips a line with %s and goes on', (_, line) => {
  const result = parseStepMetrics(bytes(`${line}\n{"step":2,"metric":"a","value":1}\n`));
  expect(result).toMatchObject({ points: [{ step: 2 }], skipped: 1, problem: expect.stringMatching(/^line 1: /) });
});

test('leaves a line that is still being written for later', () => {
  const line = '{"step":1,"metric":"a","value":0.25}';
  expect(parseStepMetrics(bytes(`${line}\n{"step":2,"met`))).toEqual({
    points: [{ step: 1, metric: 'a', value: 0.25 }],
    skipped: 0,
    problem: null,
  });
  expect(parseStepMetrics(bytes(line)).points).toHaveLength(1);
});

test('keeps a bounded number of points and counts the rest', () => {
  const result = parseStepMetrics(bytes('{"step":1,"metric":"a","value":1}\n'.repeat(20_005)));
  expect(result).toMatchObject({ skipped: 5 });
  expect(result.points).toHaveLength(20_000);
});

test('never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
      expect(parseMetrics(noise).ok).toBeTypeOf('boolean');
      expect(parseStepMetrics(noise).points).toEqual([]);
    }),
  );
});

describe('values that JSON has no number for', () => {
  test.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['1e999', Number.POSITIVE_INFINITY],
    ['"NaN"', Number.NaN],
  ])('%s is kept as what it is', (written, value) => {
    const line = `{"time": NaN, "step":1,"metric":"loss","note":"NaN: \\"Infinity","value": ${written}}\n`;
    const { points, skipped } = parseStepMetrics(bytes(line));
    expect({ points, skipped }).toEqual({ points: [{ step: 1, metric: 'loss', value }], skipped: 0 });
    // And on its way through JSON.
    expect(StepMetric.parse(JSON.parse(JSON.stringify(points[0], quoteNonFinite)))).toEqual(points[0]);
  });

  test('strings that name them stay as they are', () => {
    const told = { 'a NaN,': ['NaN', '-Infinity: "x\\'], b: 1 };
    expect(parsePythonJson(JSON.stringify(told).replace('1}', 'NaN}'))).toEqual({ ...told, b: 'NaN' });
  });

  test.each(['{"a": nan}', '{"a": NaN', '{"a": NaNa}', '{"a": +Infinity}', 'NaN NaN'])(
    '%s is still no JSON',
    (text) => {
      expect(() => parsePythonJson(text)).toThrow(SyntaxError);
    },
  );
});
