import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsv } from '../../core/data/csv.ts';
import { compilePattern } from '../../core/data/pattern.ts';
import { packTar, TarError, unpackTar } from '../../core/packaging/tar.ts';
import { changes, damage } from './verification/damage.ts';

test('the reader of CSV agrees with csv-parse on whatever it accepts', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'é', '😀', ' ', ',', ',', '"', '"', '\n', '\r\n'),
    maxLength: 60,
  });
  fc.assert(
    fc.property(text, (value) => {
      const items = [...readCsv([value])];
      if (items.some((item) => item.kind === 'problem')) return;
      const peer: string[][] = parse(value, { record_delimiter: ['\n', '\r\n'], bom: true });
      expect(items.map((item) => (item.kind === 'record' ? item.values : []))).toEqual(peer);
    }),
    { numRuns: 100_000 },
  );
});

test('patterns agree with the engine wherever they compile', () => {
  const source = fc.string({
    unit: fc.constantFrom('a', 'b', '(', ')', '|', '*', '+', '?', '[', ']', '^', '$', '.', '-', '{2}', '\\d', '1'),
    maxLength: 8,
  });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', '-', '\n'), maxLength: 8 });
  fc.assert(
    fc.property(source, text, (pattern, value) => {
      const result = compilePattern(pattern);
      if (result.ok) expect(result.pattern.test(value)).toBe(new RegExp(pattern, 'u').test(value));
    }),
    { numRuns: 100_000 },
  );
});

test('every archive that is accepted is the one that would be written', () => {
  const archive = packTar([
    { path: 'a', content: Buffer.from('hello'), executable: false },
    { path: `ü/${'x'.repeat(200)}`, content: Buffer.alloc(600, 1), executable: true },
  ]);
  fc.assert(
    fc.property(changes, (list) => {
      const bytes = damage(archive, list);
      try {
        expect(Buffer.compare(packTar(unpackTar(bytes)), bytes)).toBe(0);
      } catch (error) {
        expect(error).toBeInstanceOf(TarError);
      }
    }),
    { numRuns: 50_000 },
  );
});
