import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineOf, packet, readPackets } from '../../../adapters/git/pkt-line.ts';
import { PortError } from '../../../flows/ports.ts';

describe('packets of git’s wire protocol', () => {
  test('are read as they were written', () => {
    const line = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !/[\n\r]/.test(text));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const read = readPackets(Buffer.from(`${lines.map(packet).join('')}0000`));
        expect(read.at(-1)).toEqual({ kind: 'flush' });
        const data = read.flatMap((one) => (one.kind === 'data' ? [lineOf(one.data)] : []));
        expect(data).toEqual(lines.map((text) => Buffer.from(text).toString()));
      }),
    );
  });

  test('of any bytes end in packets or in a PortError', () => {
    const forged = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.stringMatching(/^[0-9a-f]{0,40}$/).map(Buffer.from));
    fc.assert(
      fc.property(forged, (bytes) => {
        try {
          readPackets(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(PortError);
        }
      }),
    );
  });

  test.each([
    ['a length beyond the end', '00ffabc'],
    ['a length that is none', 'zzzzabc'],
    ['a length that git does not have', '0003'],
    ['a header that is cut', '00'],
  ])('with %s are refused', (_what, bytes) => {
    expect(() => readPackets(Buffer.from(bytes))).toThrow(PortError);
  });

  test('refuse a line that no packet holds', () => {
    expect(() => packet('x'.repeat(70_000))).toThrow('at most 65520 bytes');
  });
});
