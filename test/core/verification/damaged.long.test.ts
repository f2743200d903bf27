import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ATTACKS } from '../../../bench/scan-attacks.ts';
import { ScanReport } from '../../../core/verification/report.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { EMPTY_DICT, global, int, pickleOf, proto, SETITEM, STOP, text } from './assembler.ts';
import { fileOf, zipOf } from './samples.ts';

const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  put: fc.uint8Array({ maxLength: 8 }),
  drop: fc.nat({ max: 8 }),
});
const changes = fc.array(change, { minLength: 1, maxLength: 6 });

const SAMPLES: Readonly<Record<string, readonly Uint8Array[]>> = {
  pickle: [
    ...Object.entries(ATTACKS).flatMap(([name, bytes]) => (name.endsWith('.pkl') ? [bytes] : [])),
    pickleOf(proto(4), EMPTY_DICT, text('a'), int(1), SETITEM, STOP),
    pickleOf(global('collections', 'OrderedDict'), ')R.'),
  ],
  zip: [
    zipOf([
      { name: 'a/data.pkl', content: pickleOf(proto(2), '}.') },
      { name: 'a/version', content: '3\n' },
    ]),
    ...Object.entries(ATTACKS).flatMap(([name, bytes]) => (/\.(pt|zip)$/.test(name) ? [bytes] : [])),
  ],
  npy: [ATTACKS['objects.npy'] ?? new Uint8Array(0)],
  compressed: [
    gzipSync('text '.repeat(100)),
    gzipSync(ATTACKS['os.system.pkl'] ?? ''),
    ATTACKS['compressed.joblib'] ?? new Uint8Array(0),
  ],
};

test.each(Object.entries(SAMPLES))(
  'damaged files of %s end in a report, and no scanner fails on them',
  (_, samples) => {
    fc.assert(
      fc.property(fc.constantFrom(...samples), changes, (sample, list) => {
        const bytes = list.reduce((before, { at, put, drop }) => {
          const where = Math.floor(at * before.length);
          return Buffer.concat([before.subarray(0, where), put, before.subarray(where + drop)]);
        }, Buffer.from(sample));
        const report = ScanReport.parse(scanFiles([fileOf('a', bytes)], { inflatedBytes: 1 << 24 }));
        expect(report.files.map(({ reason }) => reason)).not.toContain('crashed');
      }),
      { numRuns: 100_000 },
    );
  },
);
