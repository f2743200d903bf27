import { expect, test } from 'vitest';
import { mayBeginWithin } from '../../../core/verification/pickle/within.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';

test.each([
  ['a number', 'F1.5\n'],
  ['infinity in letters', 'Finfinity\n'],
  ['an octal number', 'I0o17\n'],
  ['a long number', 'L0x1fL\n'],
])('a pickle in bytes is found behind %s, which Python reads and drops', (_, line) => {
  const inner = Buffer.from(`\x88${line}00cos\nsystem\n(S'id'\ntR.`, 'latin1');
  const outer = Buffer.concat([Buffer.from([0x80, 3, 0x43, inner.length]), inner, Buffer.from('.')]);
  const findings = scanFiles([fileOf('model.pkl', outer)]).findings.map(({ rule }) => rule);
  expect(findings).toContain('pickle-dangerous-import');
});

test('what may begin in a text is looked for in the text alone, however large the window is that it stands in', () => {
  let reads = 0;
  const indexOf = (value: number, from: number): number => {
    let at = from;
    while (at < bytes.length && bytes[at] !== value) at += 1;
    return at < bytes.length ? at : -1;
  };
  const bytes: Uint8Array = new Proxy(new Uint8Array(100_000).fill(0x63), {
    get: (target, key): unknown => {
      reads += 1;
      return key === 'indexOf' ? indexOf : Reflect.get(target, key, target);
    },
  });
  expect(mayBeginWithin(bytes, 50, 40)).toBe(false);
  expect(reads).toBeLessThan(200);
});

test('whole numbers of eight bytes that begin like LZMA are numbers', () => {
  const numbers = Buffer.from(BigInt64Array.from([93, 5, 12, 35, 98, 40, 71, 29, 97, 76, 2, 98].map(BigInt)).buffer);
  const outer = Buffer.concat([Buffer.from([0x80, 3, 0x43, numbers.length]), numbers, Buffer.from('.')]);
  expect(scanFiles([fileOf('sketch.pkl', outer)])).toMatchObject({ verdict: 'clean', findings: [] });
});
