import { createWriteStream, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';
import { inferredAccepts, mutatedEnds, oneVerdict } from './hostile-properties.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));
const seed = Number(process.env['SEED'] ?? 11);

describe('random tables', () => {
  test('get one verdict in all formats', () => fc.assert(oneVerdict(folder), { seed, numRuns: 100 }), 3_600_000);
  test(
    'meet the contract that is inferred from them',
    () => fc.assert(inferredAccepts(folder), { seed, numRuns: 60 }),
    3_600_000,
  );
  test('that are damaged end in a report', () => fc.assert(mutatedEnds(folder), { seed, numRuns: 100 }), 3_600_000);
});

const AB = contract('- { name: a, logicalType: string }\n- { name: b, logicalType: number }');

async function fill(name: string, head: string, chunk: Buffer, times: number, end = ''): Promise<string> {
  const chunks = function* (): Generator<Buffer> {
    yield Buffer.from(head);
    for (let at = 0; at < times; at += 1) yield chunk;
    yield Buffer.from(end);
  };
  const compressor = name.endsWith('.gz')
    ? [createGzip({ level: 9 })]
    : name.endsWith('.zst')
      ? [createZstdCompress()]
      : [];
  await pipeline([Readable.from(chunks()), ...compressor, createWriteStream(join(folder.directory, name))]);
  return name;
}

describe('2 GB', () => {
  const mebibyte = Buffer.alloc(1 << 20, 'x');

  test.each([
    ['in one line of CSV', 'l.csv', 'a,b\n', 'failed'],
    ['in one quoted field of CSV', 'q.csv', 'a,b\n"', 'failed'],
    ['in the header of CSV', 'h.csv', '', 'failed'],
    ['in one line of JSON Lines', 'l.jsonl', '{"a":"', 'failed'],
    ['in one string of JSON', 's.json', '[{"a":"', 'failed'],
    ['behind gzip', 'b.csv.gz', 'a,b\n', 'failed'],
    ['behind zstd', 'b.jsonl.zst', '{"a":"', 'failed'],
  ])(
    '%s fails in little memory',
    async (_, name, head, status) => {
      await fill(name, head, mebibyte, 2048);
      const before = process.memoryUsage().rss;
      const report = await folder.check(name, AB, { limits: { seconds: 300 } });
      rmSync(join(folder.directory, name));
      expect([report.status, report.reason]).toEqual([status, expect.stringMatching(/./)]);
      expect(process.memoryUsage().rss - before).toBeLessThan(512 * 2 ** 20);
    },
    600_000,
  );

  test.each(['z.csv', 'z.jsonl', 'z.json', 'z.parquet'])(
    'of NULs in %s, none of which is on the disk, are no data',
    async (name) => {
      const path = join(folder.directory, name);
      writeFileSync(path, name === 'z.csv' ? 'a,b\nx,1\n' : '');
      truncateSync(path, 2 * 2 ** 30);
      const report = await folder.check(name, AB, { limits: { seconds: 300 } });
      rmSync(path);
      expect(['failed', 'not_checked']).toContain(report.status);
    },
    600_000,
  );
});
