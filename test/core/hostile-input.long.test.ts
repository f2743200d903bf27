import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsv } from '../../core/data/csv.ts';
import { compilePattern } from '../../core/data/pattern.ts';
import { packTar, TarError, unpackTar } from '../../core/packaging/tar.ts';
import { ScanReport } from '../../core/verification/report.ts';
import { scanFiles } from '../../core/verification/scan.ts';
import { field, fileOf, graph, model, node, zipOf } from './verification/samples.ts';

const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  put: fc.uint8Array({ maxLength: 8 }),
  drop: fc.nat({ max: 8 }),
});
const changes = fc.array(change, { minLength: 1, maxLength: 6 });
type Changes = readonly { readonly at: number; readonly put: Uint8Array; readonly drop: number }[];

function damage(sample: Uint8Array, list: Changes): Buffer {
  return list.reduce((bytes, { at, put, drop }) => {
    const where = Math.floor(at * bytes.length);
    return Buffer.concat([bytes.subarray(0, where), put, bytes.subarray(where + drop)]);
  }, Buffer.from(sample));
}

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

test('damaged artifacts of every format end in a report', () => {
  const samples = [
    model(graph(node('If', '', field(5, field(6, node('Relu')))), field(5, field(9, Buffer.alloc(300))))),
    zipOf([
      { name: 'a/b', content: 'x'.repeat(100) },
      { name: 'c', content: '' },
    ]),
    Buffer.from("(dp0\nS'a'\np1\ncos\nsystem\np2\n(S'id'\ntRs."),
    Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...samples), changes, (sample, list) => {
      expect(ScanReport.parse(scanFiles([fileOf('a', damage(sample, list))])).files).toHaveLength(1);
    }),
    { numRuns: 50_000 },
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
