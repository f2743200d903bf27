import fc from 'fast-check';
import type { ScannableFile } from '../../../core/verification/format.ts';
import { ScanReport } from '../../../core/verification/report.ts';
import { RULES } from '../../../core/verification/rules.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';

/** Where a change is made: from 0 for the begin to 1 for the end. */
interface Place {
  readonly at: number;
}

export type Change =
  /** Bytes that are put in the place of others, or between them. */
  | (Place & { readonly kind: 'bytes'; readonly put: Uint8Array; readonly drop: number })
  /** A piece of the file once more: an entry, a header or opcodes twice, or in another order. */
  | (Place & { readonly kind: 'copy'; readonly from: number; readonly length: number; readonly drop: number })
  /** A number as lengths, offsets and counts are written, at the edge of what the file holds. */
  | (Place & {
      readonly kind: 'number';
      readonly of: 'size' | 'rest' | 'place' | 'zero';
      readonly more: number;
      readonly bytes: 1 | 2 | 4 | 8;
      readonly big: boolean;
    });

/** Numbers at the edges of what fields of 1 to 8 bytes can hold are what parsers get wrong. */
const put = fc.oneof(
  fc.uint8Array({ maxLength: 8 }),
  fc.constantFrom(...[1, 2, 4, 8].flatMap((size) => [0, 0x7f, 0x80, 0xff].map((byte) => Buffer.alloc(size, byte)))),
);
/** Any place as likely as another: of the doubles from 0 to 1 nearly all are so small that they stand for the first byte. */
const at = fc.nat({ max: 999_999 }).map((place) => place / 1_000_000);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('bytes'), at, put, drop: fc.nat({ max: 8 }) }),
  fc.record({ kind: fc.constant('copy'), at, from: at, length: fc.nat({ max: 200 }), drop: fc.nat({ max: 200 }) }),
  fc.record({
    kind: fc.constant('number'),
    at,
    of: fc.constantFrom('size', 'rest', 'place', 'zero'),
    more: fc.integer({ min: -2, max: 2 }),
    bytes: fc.constantFrom(1, 2, 4, 8),
    big: fc.boolean(),
  }),
);
export const changes: fc.Arbitrary<readonly Change[]> = fc.array(change, { minLength: 1, maxLength: 6 });

export function damage(sample: Uint8Array, list: readonly Change[]): Buffer {
  return list.reduce((bytes, one) => {
    const where = Math.floor(one.at * bytes.length);
    const [inserted, drop] = changed(bytes, where, one);
    return Buffer.concat([bytes.subarray(0, where), inserted, bytes.subarray(where + drop)]);
  }, Buffer.from(sample));
}

/** What is put there, and in the place of how many bytes. */
function changed(bytes: Buffer, where: number, one: Change): readonly [inserted: Uint8Array, drop: number] {
  switch (one.kind) {
    case 'bytes':
      return [one.put, one.drop];
    case 'copy': {
      const from = Math.floor(one.from * bytes.length);
      return [bytes.subarray(from, from + one.length), one.drop];
    }
    case 'number': {
      const of = { size: bytes.length, rest: bytes.length - where - one.bytes, place: where, zero: 0 }[one.of];
      const eight = Buffer.alloc(8);
      eight.writeBigInt64LE(BigInt(of + one.more));
      const number = eight.subarray(0, one.bytes);
      return [one.big ? number.reverse() : number, one.bytes];
    }
  }
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
