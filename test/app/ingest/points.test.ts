import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LINES, newest, parsePosted } from '../../../app/ingest/points.ts';

describe('posted step metrics', () => {
  test('are JSON Lines of step, metric and value', () => {
    expect(parsePosted('{"step":1,"metric":"loss","value":0.5}\n\n{"step":2,"metric":"loss","value":0.25}\n')).toEqual({
      points: [
        { step: 1, metric: 'loss', value: 0.5 },
        { step: 2, metric: 'loss', value: 0.25 },
      ],
      note: null,
    });
  });

  test('hold what is not a number by its name', () => {
    const lines = ['"NaN"', '"Infinity"', '"-Infinity"'].map((value) => `{"step":1,"metric":"loss","value":${value}}`);
    expect(parsePosted(lines.join('\n'))).toMatchObject({
      points: [{ value: Number.NaN }, { value: Number.POSITIVE_INFINITY }, { value: Number.NEGATIVE_INFINITY }],
    });
  });

  test('may have notes of closed words among them, of which the last counts', () => {
    const lines = [
      '{"stalled":"quiet","seconds":660}',
      '{"step":1,"metric":"loss","value":1}',
      '{"stalled":null,"gpu_use":0.5}',
    ];
    expect(parsePosted(lines.join('\n'))).toEqual({
      points: [{ step: 1, metric: 'loss', value: 1 }],
      note: { stalled: null, gpu_use: 0.5 },
    });
  });

  test.each([
    '{"stalled":"<b>bold</b>"}',
    '{"stalled":"quiet","seconds":-1}',
    '{"stalled":"quiet","seconds":1e300}',
    '{"gpu_use":1.5}',
    '{"gpu_use":"NaN"}',
    'no json',
    '{"step":1.5,"metric":"loss","value":1}',
    '{"step":-1,"metric":"loss","value":1}',
    '{"step":1,"metric":"<b>","value":1}',
    '{"step":1,"metric":"loss","value":"nan"}',
    '{"step":1,"metric":"loss","value":null}',
    '{"step":1,"metric":"loss","value":1,"more":1}',
    '[]',
  ])('are refused by line: %s', (line) => {
    expect(parsePosted(`{"step":1,"metric":"loss","value":1}\n${line}`)).toEqual({
      problem: expect.stringContaining('line 2'),
    });
  });

  test('are refused when there are too many', () => {
    const line = '{"step":1,"metric":"loss","value":1}\n';
    expect(parsePosted(line.repeat(LINES))).toHaveProperty('points.length', LINES);
    expect(parsePosted(line.repeat(LINES + 1))).toHaveProperty('problem');
  });

  test('are cut to the last of each metric', () => {
    const point = (step: number, metric: string) => ({ step, metric, value: 1 });
    expect(newest([point(1, 'a'), point(1, 'b'), point(2, 'a')])).toEqual([point(2, 'a'), point(1, 'b')]);
  });

  test('of any text are points or a problem', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parsePosted(text);
        return 'problem' in parsed || parsed.points.every(({ value }) => typeof value === 'number');
      }),
    );
  });
});
