import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparisonChart } from '../../../core/reports/chart.ts';
import { EVERY_ATTACK } from './hostile.ts';
import { curve, HOSTILE, metric, poison } from './samples.ts';

const view = {
  title: 'flight-delay',
  comparedWith: 'v1.0.0 in production',
  metrics: [metric],
  curves: [curve('train_loss', [0.9, 0.5, 0.4]), curve('validation_loss', [0.95, 0.6, 0.5])],
};

/** A reader of well-formed XML without doctype, comments, processing instructions or CDATA; gives the names of elements. */
function elements(svg: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-z]+)((?:\s+[a-zA-Z:0-9-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, close: string, name: string, __, empty: string) => {
      names.push(name);
      if (close === '/') expect(open.pop()).toBe(name);
      else if (empty === '') open.push(name);
      return '';
    },
  );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!#\d+;)/);
  return names;
}

test('is one image with a title and a description', () => {
  const svg = comparisonChart(view);
  expect(elements(svg)[0]).toBe('svg');
  expect(svg).toContain('<title id="t">flight-delay</title>');
  expect(svg).toContain(
    '<desc id="d">roc_auc 0.7412, v1.0.0 in production 0.7301, gate pass; learning curve of train_loss; learning curve of validation_loss</desc>',
  );
});

test('reads in light and dark, and loads nothing', () => {
  const svg = comparisonChart(view);
  expect(svg).toContain('prefers-color-scheme:dark');
  expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(
    /https?:|url\(|@import|href|<script|<image|<foreignObject/,
  );
});

test('curves of one kind share a panel', () => {
  const paths = (svg: string): number => svg.match(/class="grid"/g)?.length ?? 0;
  expect(paths(comparisonChart(view))).toBe(3);
  expect(paths(comparisonChart({ ...view, curves: [...view.curves, curve('validation_auc', [0.5, 0.7])] }))).toBe(6);
});

test('says pass and fail by word and shape, not by colour alone', () => {
  expect(comparisonChart(view)).toContain('✓ gate');
  expect(comparisonChart({ ...view, metrics: [{ ...metric, gate: { verdict: 'fail', explanation: '' } }] })).toContain(
    '✗ gate',
  );
});

test('hostile text stays text', () => {
  const names = new Set(elements(comparisonChart(poison(view, HOSTILE))));
  expect([...names].sort()).toEqual(['circle', 'desc', 'line', 'path', 'rect', 'style', 'svg', 'text', 'title']);
});

test('no attack adds an element, or a character that XML can’t hold', () => {
  const harmless = elements(comparisonChart(poison(view, 'x')));
  for (const attack of EVERY_ATTACK) {
    const svg = comparisonChart(poison(view, attack));
    expect(elements(svg)).toEqual(harmless);
    // https://www.w3.org/TR/xml/#charsets, and nothing that reorders what a person reads
    expect(svg).not.toMatch(
      /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|[\p{Cf}\p{Noncharacter_Code_Point}]/u,
    );
  }
});

test('every number that JSON can hold is drawn inside the image', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(
      fc.array(number, { maxLength: 40 }),
      number,
      fc.option(number),
      fc.option(number),
      (values, value, reference, min) => {
        const svg = comparisonChart({
          ...view,
          metrics: [{ ...metric, value, reference, min }],
          curves: [curve('loss', values)],
        });
        elements(svg);
        expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
        const xs = [...svg.matchAll(/ (?:x|cx|x1|x2)="([^"]*)"/g)].map((match) => Number(match[1]));
        expect(Math.min(...xs)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...xs)).toBeLessThanOrEqual(760);
      },
    ),
  );
});

test('a curve has a gap where it is not a number, and says from which step on it is none', () => {
  const lost = [1, 0.5, Number.NaN, 0.25, Number.POSITIVE_INFINITY, Number.NaN];
  const svg = comparisonChart({ ...view, curves: [curve('loss', lost), curve('epoch', [0, Number.NaN])] });
  elements(svg);
  expect(svg).not.toMatch(/NaN|Infinity/);
  expect(svg).toContain('>loss, not a number from step 4<');
  expect(svg).toContain('learning curve of loss, not a number from step 4');
  expect(/class="curve c0" d="([^"]*)"/.exec(svg)?.[1]?.match(/[ML]/g)).toEqual(['M', 'L', 'M']);
});

test('a curve without two numbers is not drawn', () => {
  const none = comparisonChart({ ...view, curves: [] });
  const svg = comparisonChart({ ...view, curves: [curve('loss', [1, Number.NaN, Number.NaN])] });
  expect(elements(svg).length).toBe(elements(none).length);
});

test('equal views give equal bytes', () => {
  expect(comparisonChart(view)).toBe(comparisonChart(structuredClone(view)));
});

const resumed = {
  ...view,
  curves: [
    curve(
      'train_loss',
      Array.from({ length: 100 }, (_, step) => 1 / (step + 1)),
    ),
  ],
  attempts: [{ attempt: 2, step: 40 }],
};
const marks = (svg: string): number => svg.match(/class="attempt"/g)?.length ?? 0;

test('marks where an attempt went on, in the drawing and in words', () => {
  const svg = comparisonChart(resumed);
  expect(marks(svg)).toBe(1);
  expect(svg).toContain('>attempt 2</text>');
  expect(svg).toContain('attempt 2 went on at step 40');
});

test('attempts close to one another are all marked, and named only where there is room', () => {
  const attempts = [40, 41, 42].map((step, index) => ({ attempt: index + 2, step }));
  const svg = comparisonChart({ ...resumed, attempts });
  expect(marks(svg)).toBe(3);
  expect(svg.match(/>attempt \d<\/text>/g)).toHaveLength(1);
});

test('an attempt that went on where a panel has no point is not marked in it', () => {
  expect(marks(comparisonChart({ ...resumed, attempts: [{ attempt: 2, step: 400 }] }))).toBe(0);
});

test('steps are named by their epoch where training reports it, which is no curve then', () => {
  const epoch = { metric: 'epoch', points: [0, 50].map((step) => ({ step, value: step / 50 })) };
  const svg = comparisonChart({ ...resumed, curves: [...resumed.curves, epoch] });
  expect(svg).toContain('>step 0 (epoch 0)</text>');
  expect(svg).toContain('>step 99 (epoch 1)</text>');
  expect(svg.match(/class="grid"/g)).toHaveLength(3);
  expect(comparisonChart({ ...view, curves: [epoch] })).toContain('>epoch</text>');
});
