import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScanError } from '../../../core/verification/format.ts';
import { MAX_STRING, readJson } from '../../../core/verification/json-reader.ts';
import { fileOf } from './samples.ts';

type Heard = readonly (string | number | boolean | null)[];

/** What the reader says of a text, as one list; null where it is no JSON. */
function heard(text: string | Uint8Array): Heard | null {
  const all: (string | number | boolean | null)[] = [];
  try {
    readJson(fileOf('a', text), {
      open: (kind) => all.push(kind === 'array' ? '[' : '{'),
      close: () => all.push('end'),
      key: (name) => all.push('key', name),
      scalar: (value) => all.push(value),
    });
    return all;
  } catch (error) {
    if (error instanceof ScanError && error.code === 'malformed') return null;
    throw error;
  }
}

/** What it should say. */
function told(value: unknown): Heard {
  if (Array.isArray(value)) return ['[', ...value.flatMap((item: unknown) => told(item)), 'end'];
  if (typeof value === 'object' && value !== null)
    return ['{', ...Object.entries(value).flatMap(([key, item]) => ['key', key, ...told(item)]), 'end'];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [value] : [null];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

test('every value is told as JSON.parse builds it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(heard(text)).toEqual(told(JSON.parse(text)));
    }),
    { numRuns: 500, seed: 7 },
  );
});

test('what JSON.parse takes is taken, and of the rest only what Python takes', () => {
  const sample = '{"a\\n\\u00e9": [1, -2.5e+3, true, null, "x", {}, []], "é😀": {"b": "\\\\"}}';
  const change = fc.record({
    at: fc.nat({ max: sample.length }),
    put: fc.string({ unit: fc.constantFrom(...'[]{}",:\\u0e-+.1tn '), maxLength: 3 }),
    drop: fc.nat({ max: 3 }),
  });
  fc.assert(
    fc.property(change, ({ at, put, drop }) => {
      const text = sample.slice(0, at) + put + sample.slice(at + drop);
      expect([text, heard(text) !== null]).toEqual([text, parsed(text) !== undefined]);
    }),
    { numRuns: 3000, seed: 7 },
  );
});

describe('of what JSON.parse does not take, it takes', () => {
  test.each<[string, string, Heard]>([
    ['numbers that are none', '[NaN, Infinity, -Infinity]', ['[', null, null, null, 'end']],
    ['a byte order mark', '\uFEFF{}', ['{', 'end']],
    ['a value a line', '{}\n[1]\n', ['{', 'end', '[', 1, 'end']],
  ])('%s', (_, text, expected) => {
    expect(heard(text)).toEqual(expected);
  });
});

test.each([
  '',
  ' ',
  '{',
  '[1,]',
  '{"a":1,}',
  '{"a"}',
  "{'a': 1}",
  '[1 2]',
  '{} {}',
  '01',
  '1.',
  'nul',
  '"a',
  '"\\x41"',
  ']',
])('%j is no JSON', (text) => {
  expect(heard(text)).toBeNull();
});

test('texts over the edge of the window are whole, escapes and characters of several bytes included', () => {
  for (const unit of ['é', '😀', '\\u0416', '\\\\', '\\"', 'x'])
    for (let before = 0; before < 7; before += 1) {
      const text = `"${'a'.repeat(131_060 + before)}${unit.repeat(20)}"`;
      expect([unit, before, heard(text)?.[0] === JSON.parse(text)]).toEqual([unit, before, true]);
    }
});

test('a text that is too long is cut', () => {
  const [found] = heard(`"${'é'.repeat(MAX_STRING + 10)}"`) ?? [];
  expect(found).toBe('é'.repeat(MAX_STRING));
});

test('no depth of calls is needed', () => {
  expect(heard(`${'['.repeat(300_000)}${']'.repeat(300_000)}`)).toHaveLength(600_000);
});
