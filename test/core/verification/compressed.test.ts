import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ScanReport } from '../../../core/verification/report.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { COMPRESSED, CONTENTS } from './compressed-samples.ts';
import { fileOf, rulesOf } from './samples.ts';

const scan = (bytes: Uint8Array): ScanReport => scanFiles([fileOf('file', bytes)]);
const bytesOf = (name: string, content: keyof typeof CONTENTS = 'text'): Buffer =>
  Buffer.from(COMPRESSED[name]?.[content] ?? '', 'base64');
const NAMES = Object.keys(COMPRESSED);
const CHECKED = NAMES.filter((name) => name !== 'lzma');

/** Streams by Python's own modules, in base64, with the size of what is in them; by one process for all. */
const WRITTEN = z
  .record(z.string(), z.tuple([z.number(), z.string()]))
  .parse(JSON.parse(execFileSync('python3', ['-I', join(import.meta.dirname, 'compressed-streams.py')]).toString()));
const written = (name: string): Buffer => Buffer.from(WRITTEN[name]?.[1] ?? '', 'base64');
const named = (start: string): string[] => Object.keys(WRITTEN).filter((name) => name.startsWith(start));

describe.each(NAMES)('%s', (name) => {
  test('is unpacked, and what is in it is scanned', () => {
    const report = scan(bytesOf(name));
    expect(report).toMatchObject({ verdict: 'clean', files: [{}, { container: 'file', format: 'text' }] });
    expect(report.files[1]?.size).toBe(CONTENTS.text.length);
    expect(rulesOf(bytesOf(name, 'pickle'))).toEqual(['pickle-dangerous-import']);
  });

  test('that is cut anywhere is never clean', () => {
    const bytes = bytesOf(name);
    const cuts = Array.from(bytes.keys())
      .slice(12)
      .filter((length) => scan(bytes.subarray(0, length)).verdict === 'clean');
    expect(cuts).toEqual([]);
  });

  test('with more behind its end is never clean', () => {
    for (const more of ['\0', 'BZh', bytesOf('lzma')])
      expect(scan(Buffer.concat([bytesOf(name), Buffer.from(more)])).verdict).not.toBe('clean');
  });
});

test.each(CHECKED)('%s of which a bit is turned is not clean, unless it says the same', (name) => {
  const bytes = bytesOf(name);
  const other = Array.from(bytes.keys()).filter((at) => {
    const turned = Buffer.from(bytes);
    turned[at] = (turned[at] ?? 0) ^ (1 << (at % 8));
    const report = scan(turned);
    return report.verdict === 'clean' && report.files[1]?.size !== CONTENTS.text.length;
  });
  expect(other).toEqual([]);
});

test.each(CHECKED)('%s with a second stream is unpacked to both', (name) => {
  const report = scan(Buffer.concat([bytesOf(name), bytesOf(name)]));
  expect(report.verdict).toBe('clean');
  expect(report.files[1]?.size).toBe(2 * CONTENTS.text.length);
  expect(rulesOf(Buffer.concat([bytesOf(name, 'pickle'), bytesOf(name, 'pickle')]))).toContain(
    'pickle-dangerous-import',
  );
});

// The checksum tells whether all of it was unpacked right, but for the old container, of which the size tells.
test.each(named('whole'))('%s is unpacked as Python wrote it', (name) => {
  const report = scan(written(name));
  expect(report.findings.filter(({ rule }) => rule !== 'unknown-format')).toEqual([]);
  expect(report.files.map((file) => file.size).slice(1)).toEqual([WRITTEN[name]?.[0]]);
});

test.each(named('other'))('%s is not scanned', (name) => {
  expect(scan(written(name)).verdict).toBe('unscanned');
});
