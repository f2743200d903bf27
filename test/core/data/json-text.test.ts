import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJsonArray } from '../../../core/data/json-array.ts';
import { faultAt } from '../../../core/data/json-fault.ts';
import { type JsonItem, readJsonLines } from '../../../core/data/json-lines.ts';
import { readRecord } from '../../../core/data/json-text.ts';

const encoder = new TextEncoder();
const lines = (text: string): JsonItem[] => [...readJsonLines([encoder.encode(text)])];
const array = (text: string): JsonItem[] => [...readJsonArray([encoder.encode(text)])];
const places = (items: readonly JsonItem[]): string[] => items.map(({ kind, line }) => `${kind} ${line}`);
const problems = (items: readonly JsonItem[]): string[] =>
  items.flatMap((item) => (item.kind === 'problem' ? [`${item.line}: ${item.message}`] : []));

describe('a record is', () => {
  test.each([
    ['empty', '{}', []],
    ['of any values', '{"a":1,"b":[null,true],"c":{"a":2}}', ['a', 'b', 'c']],
    ['with text that looks like names', '{"a":"\\"a\\":1, \\"a\\" :2","b":"{\\"c\\":1}"}', ['a', 'b']],
    ['with a name of odd characters', '{"":1,"a\\u0000":2,"__proto__":3}', ['', 'a\0', '__proto__']],
    ['with an astral character in two escapes', '{"a":"\\ud83d\\ude00"}', ['a']],
    ['with numbers beyond a double', '{"a":1e400,"b":123456789012345678901234567890}', ['a', 'b']],
    ['at the depth allowed', `{"a":${'['.repeat(98)}${']'.repeat(98)}}`, ['a']],
  ])('%s', (_, text, keys) => {
    expect(readRecord(text)).toEqual({ ok: true, keys });
  });

  test.each([
    ['a name twice', '{"a":1,"a":1}', /the name "a" twice/],
    ['a name twice, once escaped', '{"a":1,"\\u0061":1}', /the name "a" twice/],
    ['a name twice, apart', '{"a":{"x":1},"b":[{"x":1,"y":{"x":2},"x":3}]}', /the name "x" twice/],
    ['a name twice, far from its colon', `{"a":1,"a"${' '.repeat(300)}:1}`, /the name "a" twice/],
    ['half a surrogate pair', '{"a":"\\ud800"}', /surrogate/],
    ['half a surrogate pair in a name', '{"\\udfff":1}', /surrogate/],
    ['a byte order mark', '\uFEFF{"a":1}', /byte order mark/],
    ['NaN', '{"a":NaN}', /no JSON/],
    ['an infinity', '{"a":-Infinity}', /no JSON/],
    ['a comma too many', '{"a":1,}', /no JSON/],
    ['a comment', '{"a":1}//', /no JSON/],
    ['single quotes', "{'a':1}", /no JSON/],
    ['a leading zero', '{"a":01}', /no JSON/],
    ['a raw control character', '{"a":"\t"}', /no JSON/],
    ['another value', 'null', /expected a JSON object, found null/],
    ['an array', '[1]', /found an array/],
    ['nothing', '', /no JSON/],
    ['no end', '{"a":', /no JSON/],
    ['no bottom', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, /nested 100 deep/],
  ])('not one with %s', (_, text, message) => {
    expect(readRecord(text)).toEqual({ ok: false, message: expect.stringMatching(message), lines: 0 });
  });
});

describe('JSON Lines', () => {
  test.each([
    ['are counted by line feeds', '{}\n{}\n{}', ['record 1', 'record 2', 'record 3']],
    ['may end in CRLF', '{}\r\n{}\r\n', ['record 1', 'record 2']],
    ['may be blank', '\n{}\n \t\r\n{}\n\n', ['record 2', 'record 4']],
    ['hold no other white space', '{}\n\u00a0\n', ['record 1', 'problem 2']],
    ['end at no other line end', '{}\r{}\u2028{}', ['problem 1']],
    ['hold one record each', '{}{}\n{}', ['problem 1', 'record 2']],
    ['hold a whole record each', '{"a":\n1}\n{}', ['problem 1', 'problem 2', 'record 3']],
    ['hold no byte order mark within', '{}\n\uFEFF{}', ['record 1', 'problem 2']],
  ])('%s', (_, text, expected) => {
    expect(places(lines(text))).toEqual(expected);
  });

  test('that are not UTF-8 are found', () => {
    expect(places([...readJsonLines([Buffer.from('{}\n{"a":"\xe9"}\n{}', 'latin1')])])).toEqual([
      'record 1',
      'problem 2',
      'record 3',
    ]);
  });

  test('without end are not kept in memory', () => {
    const chunk = Buffer.alloc(1 << 20, 'x');
    let given = 0;
    function* endless(): Generator<Uint8Array> {
      for (;;) {
        given += 1;
        yield chunk;
      }
    }
    expect(problems([...readJsonLines(endless())])).toEqual([
      '1: a record of more than 16777216 bytes, which is the most that is read: write such data as Parquet',
    ]);
    expect(given).toBeLessThan(20);
  });
});

describe('an array of JSON', () => {
  test.each([
    ['may be empty', ' [ ] \n', []],
    ['may be on one line', '[{},{}]', ['record 1', 'record 1']],
    ['names the line on which a record begins', '[\n{"a":\n1},\n\n {"b":"]},{"}\n]\n', ['record 2', 'record 5']],
    ['may hold quotes and backslashes', '[{"a":"\\\\"},\n{"a":"\\"],"}]', ['record 1', 'record 2']],
    [
      'goes on after a record that is none',
      '[{"a":1,},\n7,\n"]",\n[{}],\n{}]',
      [1, 2, 3, 4].map((at) => `problem ${at}`).concat('record 5'),
    ],
  ])('%s', (_, text, expected) => {
    expect(places(array(text))).toEqual(expected);
  });

  test.each([
    ['nothing', '', /1: .*found nothing/],
    ['an object', '\n{"a":1}', /2: .*JSON Lines/],
    ['a number', '7', /1: expected a JSON array/],
    ['a byte order mark', '\uFEFF[]', /1: .*byte order mark/],
    ['an array without end', '[{},\n{}', /2: the array is never closed/],
    ['a string without end', '[{"a":"}]', /1: .*Unterminated string, at character 6 of the record/],
    ['a comma at the end', '[{},\n]', /2: .*comma too many/],
    ['a comma at the beginning', '[,{}]', /1: .*comma too many/],
    ['text after its end', '[{}]\nx', /2: text after the end/],
    ['a second array', '[{}][{}]', /1: text after the end/],
    ['a bracket too many', '[{}}]', /1: expected a JSON object/],
  ])('is not %s', (_, text, problem) => {
    expect(problems(array(text)).at(-1)).toMatch(problem);
  });

  test('without end is not kept in memory', () => {
    const chunk = Buffer.alloc(1 << 20, ' ');
    const chunks = [Buffer.from('[\n{"a":"'), ...Array.from({ length: 20 }, () => chunk)];
    expect(problems([...readJsonArray(chunks)])).toEqual([
      '2: a record of more than 16777216 bytes, which is the most that is read: write such data as Parquet',
    ]);
  });
});

const value = fc.jsonValue({ maxDepth: 3, depthSize: 'small' });
const records = fc.array(fc.dictionary(fc.string({ maxLength: 3 }), value, { maxKeys: 4 }), { maxLength: 6 });
const space = fc.constantFrom('', ' ', '\n', '\r\n', '\n\n\t');
const wild = fc.string({
  unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', 'a', '1', '\\', '\n', ' ', 'é'),
  maxLength: 30,
});
const cuts = fc.array(fc.nat({ max: 4 }), { maxLength: 40 });

function* chunked(text: string, sizes: readonly number[]): Generator<Uint8Array> {
  const bytes = encoder.encode(text);
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

test('every table that was written is read, each record at its line', () => {
  fc.assert(
    fc.property(records, fc.array(space), (table, spaces) => {
      fc.pre(
        table.every((record) => JSON.stringify(record).isWellFormed() && !JSON.stringify(record).includes('\\ud')),
      );
      const gap = (at: number): string => spaces[at % Math.max(spaces.length, 1)] ?? '';
      let text = '[';
      const starts: number[] = [];
      table.forEach((record, at) => {
        text += gap(at);
        starts.push(text.split('\n').length);
        text += JSON.stringify(record, null, at % 2) + gap(at + 1) + (at < table.length - 1 ? ',' : '');
      });
      expect(places(array(`${text}]`))).toEqual(starts.map((line) => `record ${line}`));
      const jsonl = table.map((record) => `${JSON.stringify(record)}\n`).join('\n');
      expect(places(lines(jsonl))).toEqual(table.map((_, at) => `record ${2 * at + 1}`));
    }),
    { seed: 5 },
  );
});

test('the same is read however the bytes are cut into chunks', () => {
  fc.assert(
    fc.property(wild, cuts, (text, sizes) => {
      expect([...readJsonLines(chunked(text, sizes))]).toEqual(lines(text));
      expect([...readJsonArray(chunked(text, sizes))]).toEqual(array(text));
    }),
    { seed: 5, numRuns: 500 },
  );
});

test('a text without problems is JSON with as many objects', () => {
  fc.assert(
    fc.property(wild, (inner) => {
      const items = array(`[${inner}]`);
      fc.pre(problems(items).length === 0);
      expect(JSON.parse(`[${inner}]`)).toHaveLength(items.length);
    }),
    { seed: 5, numRuns: 2000 },
  );
});

describe('what is wrong within a record of an array is said at its own line:', () => {
  test.each([
    [
      'a comma too many',
      '[\n {"a": 1},\n\n {\n  "a": 2,\n }\n]',
      /^6: .*double-quoted property name, at character 2 of the line$/,
    ],
    ['NaN', '[\n {\n  "a": 1,\n  "b": NaN\n }\n]', /^4: .*Unexpected token 'N', at character 8 of the line$/],
    ['a name twice', '[\n {\n  "a": 1,\n  "b": 2,\n  "a": 3\n }\n]', /^5: the name "a" twice in one object$/],
    ['a comma too many, not in the first record', '[{"a": 1}, {"a": 2,}]', /^1: .* at character 9 of the record$/],
    ['a bracket too few', '[\n {"a": [1},\n {"a": 2}\n]', /^2: .*no JSON/],
    ['a brace too few', '[\n {"a": 1,\n {"a": 2}\n]', /^3: .*double-quoted property name, at character 2 of the line$/],
    ['a quote too few', '[\n {"a": 1,\n  b": 2}\n]', /^3: .*double-quoted property name, at character 3 of the line$/],
    ['a record that is cut', '[\n {"a": 1},\n {"a":\n  2', /^3: the array is never closed/],
    [
      'a comma too few',
      '[\n {"a": 1}\n {"a": 2}\n]',
      /^3: .*Unexpected non-whitespace character after JSON, at character 2/,
    ],
  ])('%s', (_, text, message) => {
    expect(problems(array(text))).toEqual([expect.stringMatching(message)]);
  });
});

describe('the place where a text stops being JSON', () => {
  const depth = { maxDepth: 3 };

  test('is where the parser says, as far as it does', () => {
    const damaged = fc.tuple(
      fc.json(depth),
      fc.nat(),
      fc.constantFrom('', '"', ',', '}', ']', '{', ':', '0', 'n', '\n', '\\'),
    );
    fc.assert(
      fc.property(damaged, ([json, at, instead]) => {
        const place = at % json.length;
        const text = json.slice(0, place) + instead + json.slice(place + 1);
        const told = whyNot(text);
        if (told === null) return;
        const position = Number(/at position (\d+)/.exec(told)?.[1] ?? Number.NaN);
        const found = faultAt(text);
        expect(found).toBeLessThanOrEqual(text.length);
        // Of a text and of a number the parser says which character is wrong, or its end.
        if (!/string|escape|character in|umber|digit|xponent|fraction/i.test(told) && !Number.isNaN(position))
          expect(found).toBe(position);
      }),
    );
  });

  test('is the end of a text that is JSON', () => {
    fc.assert(fc.property(fc.json(depth), (json) => faultAt(json) === json.length));
  });

  const whyNot = (text: string): string | null => {
    try {
      JSON.parse(text);
      return null;
    } catch (error) {
      return String(error);
    }
  };
});
