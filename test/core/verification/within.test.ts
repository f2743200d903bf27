import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { mayBeginWithin } from '../../../core/verification/pickle/within.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { MARK, pickleOf, proto, STOP, text } from './assembler.ts';
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

const digest = (n: number): string => createHash('sha256').update(String(n)).digest('hex').slice(0, 32);

function few<One>(textOf: (n: number) => string, made: (text: string) => One): readonly One[] {
  return Array.from({ length: 4000 }, (_, n) => made(textOf(n)));
}

const KINDS = [
  ['digests', digest],
  ['UUIDs', (n: number): string => digest(n).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')],
  ['paths', (n: number): string => `/data/images/train/class_${n % 100}/img_000${n}.jpg`],
  ['addresses', (n: number): string => `https://example.org/items/${n % 100}/page-${n}.html?ref=${7 * n}`],
  ['names of tensors', (n: number): string => `encoder_layer_${n % 80}_attention_output_dense_kernel_${n}`],
] as const;

test.each(
  KINDS.flatMap(([name, textOf]) => [
    [name, pickleOf(proto(4), ']', MARK, ...few(textOf, text), 'e', STOP)],
    [`${name} in protocol 0`, Buffer.from(`(${few(textOf, (one) => `S'${one}'\n`).join('')}l.`)],
  ]),
)('thousands of %s are told where they stand: the file is not read again for each', (_, content) => {
  let reads = 0;
  const file = fileOf('names.pkl', content);
  const read = (...range: Parameters<typeof file.read>): Uint8Array => {
    reads += 1;
    return file.read(...range);
  };
  expect(scanFiles([{ ...file, read }]).verdict).toBe('clean');
  expect(reads).toBeLessThan(60);
});
