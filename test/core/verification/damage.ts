import fc from 'fast-check';
import type { ScannableFile } from '../../../core/verification/format.ts';
import { ScanReport } from '../../../core/verification/report.ts';
import { RULES } from '../../../core/verification/rules.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';

/** Bytes that are put in the place of others, or between them; `at` from 0 for the begin to 1 for the end. */
export interface Change {
  readonly at: number;
  readonly put: Uint8Array;
  readonly drop: number;
}

/** Numbers at the edges of what fields of 1 to 8 bytes can hold are what parsers get wrong. */
const put = fc.oneof(
  fc.uint8Array({ maxLength: 8 }),
  fc.constantFrom(...[1, 2, 4, 8].flatMap((size) => [0, 0x7f, 0x80, 0xff].map((byte) => Buffer.alloc(size, byte)))),
);
/** Any place as likely as another: of the doubles from 0 to 1 nearly all are so small that they stand for the first byte. */
const at = fc.nat({ max: 999_999 }).map((place) => place / 1_000_000);
export const changes: fc.Arbitrary<readonly Change[]> = fc.array(fc.record({ at, put, drop: fc.nat({ max: 8 }) }), {
  minLength: 1,
  maxLength: 6,
});

export function damage(sample: Uint8Array, list: readonly Change[]): Buffer {
  return list.reduce((bytes, { at, put: bytesPut, drop }) => {
    const where = Math.floor(at * bytes.length);
    return Buffer.concat([bytes.subarray(0, where), bytesPut, bytes.subarray(where + drop)]);
  }, Buffer.from(sample));
}

/** For files of some KiB. Time is no measure on a machine that does other things, too. */
const MAX_STEPS = 1_000_000;
const MAX_READS = 200_000;

/**
 * Scans damaged files: each must end in a report of known rules, within bounded steps, and without a
 * failure of the scanner.
 *
 * @throws Error with seed and sample of the first that does not
 */
export function scanDamaged(samples: readonly Uint8Array[], options: fc.Parameters<unknown>): void {
  fc.assert(
    fc.property(fc.constantFrom(...samples), changes, (sample, list) => {
      let steps = 0;
      const expired = (): boolean => {
        steps += 1;
        return steps > MAX_STEPS;
      };
      const file = counted(fileOf('a', damage(sample, list)));
      const report = ScanReport.parse(scanFiles([file], { inflatedBytes: 1 << 24, expired }));
      const lost = report.files.find(({ reason }) => reason === 'crashed' || reason === 'timed_out');
      const unknown = report.findings.find(({ rule }) => !RULES.has(rule));
      if (unknown !== undefined) throw new Error(`a finding of ${unknown.rule}, which is no rule`);
      if (lost === undefined && report.files.length > 0) return;
      throw new Error(`${lost?.path} as ${lost?.format}: ${report.findings.map(({ message }) => message).join('; ')}`);
    }),
    options,
  );
}

function counted(file: ScannableFile): ScannableFile {
  let reads = 0;
  return {
    ...file,
    read: (offset, length) => {
      reads += 1;
      if (reads > MAX_READS) throw new Error(`more than ${MAX_READS} reads of ${file.size} bytes`);
      return file.read(offset, length);
    },
  };
}
