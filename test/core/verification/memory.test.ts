import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { int32, MARK, MEMOIZE, type Part, POP, pickleOf, proto, STOP, TUPLE1, text } from './assembler.ts';
import { zipOf } from './samples.ts';
import { safetensorsOf } from './tensors.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'scan-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** In MB, of the whole process, of which 100 to 130 are Node.js and the modules. */
const LIMIT = 200;

// The peak of this process alone: what `resourceUsage` says is at least what its parent held.
const PEAK = `import { readFileSync } from 'node:fs';
process.on('exit', () => console.error('PEAK', /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]));`;

/** As the bundled action does: the engine alone, on a file that is read in parts. */
const ENGINE = `import { statSync } from 'node:fs';
import { boundHeap } from '${root}/actions/runtime/heap.ts';
import { FilesOnDisk } from '${root}/adapters/archives/files-on-disk.ts';
import { scanFiles } from '${root}/core/verification/scan.ts';
boundHeap();
const path = process.argv[1];
const file = await new FilesOnDisk().scannable(path, path, statSync(path).size);
process.exitCode = { clean: 0, finding: 1, unscanned: 2 }[scanFiles([file]).verdict];`;

function scan(name: string, content: Uint8Array, program: readonly string[]) {
  const path = join(folder, name);
  writeFileSync(path, content);
  const hook = `data:text/javascript,${encodeURIComponent(PEAK)}`;
  const { status, stderr } = spawnSync(process.execPath, ['--import', hook, ...program, path], { encoding: 'utf8' });
  const [, kilobytes = ''] = /^PEAK (\d+)$/m.exec(stderr) ?? [];
  return { status, megabytes: (Number(kilobytes) * 1024) / 1e6 };
}

const repeated = (count: number, ...parts: Part[]): Buffer => {
  const one = pickleOf(...parts);
  return Buffer.alloc(one.length * count, one);
};
const each = (count: number, part: (index: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => part(index)));

/** Small objects as Python writes them: a dictionary, a name, a list and a tuple each. */
const objects = pickleOf(
  proto(4),
  ']',
  MEMOIZE,
  each(250_000, (index) =>
    pickleOf('}', MEMOIZE, '(', text('id'), int('J', index), text(`user${index}`), MEMOIZE, ']', MEMOIZE, 'u', 'a'),
  ),
  STOP,
);

function int(opcode: string, value: number): Buffer {
  return pickleOf(opcode, int32(value));
}

const nested = (): Buffer => {
  let bytes = Buffer.alloc(30 * 2 ** 20, pickleOf(each(4096, (index) => int32((index * 2_654_435_761) | 0))));
  for (let depth = 0; depth < 6; depth += 1) bytes = gzipSync(bytes, { level: 1 });
  return bytes;
};

/** A configuration is only read whole if it has a key that could name code. */
const configuration = (items: string, last: string): Buffer => Buffer.from(`{"class_name":1,"a":[${items}${last}]}`);

const tensors = (count: number): string =>
  `{${Array.from({ length: count }, (_, index) => `"layer.${index}.weight":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)}}`;

const archive = (count: number, length: number, prefix = ''): Buffer =>
  zipOf(
    Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}-`.padEnd(length, 'x'), content: 'a' })),
  );

describe.skipIf(process.platform !== 'linux')('a scan takes less than 200 MB for', () => {
  test.each<[string, () => Buffer, number]>([
    ['a pickle of small objects', () => objects, 0],
    ['millions of memo entries', () => pickleOf(proto(4), repeated(3_000_000, '}', MEMOIZE, POP), 'N.'), 0],
    ['millions of tuples', () => pickleOf(proto(4), repeated(1_000_000, 'K\x01', TUPLE1, MEMOIZE, POP), 'N.'), 0],
    ['tuples on a deep stack', () => pickleOf(proto(4), repeated(600_000, 'K\x01', TUPLE1), STOP), 0],
    ['tuples in tuples', () => pickleOf(proto(4), ')', repeated(3_000_000, TUPLE1), STOP), 1],
    ['marks without end', () => pickleOf(proto(4), repeated(2_000_000, MARK), STOP), 2],
    [
      'a memo with gaps',
      () =>
        pickleOf(
          proto(4),
          'N',
          each(200_000, (index) => int('r', index * 4096)),
          STOP,
        ),
      2,
    ],
    ['streams in streams', nested, 2],
    ['text of nothing but brackets', () => Buffer.alloc(5_000_000, '['), 0],
    ['one long line', () => Buffer.alloc(20_000_000, 'a,'), 0],
    ['one long string of JSON', () => Buffer.from(`{"a":"${'x'.repeat(30_000_000)}"}`), 0],
    ['a plot of a million lists', () => Buffer.from(`{"$schema":"vega","a":[${'[],'.repeat(999_999)}[]]}`), 0],
    [
      'JSON of many keys',
      () =>
        Buffer.from(
          `{${'"abcdefgh":1,'.repeat(2)}${each(600_000, (index) => Buffer.from(`"k${index}":1,`)).toString()}"a":0}`,
        ),
      0,
    ],
    ['a configuration of empty objects', () => configuration('{},'.repeat(1_000_000), '{}'), 0],
    ['a configuration of numbers', () => configuration('1,'.repeat(6_000_000), '1'), 0],
    ['a configuration of escapes', () => configuration('"', `${'\\u0416'.repeat(5_000_000)}"`), 0],
    ['a configuration of nothing but brackets', () => configuration('['.repeat(4_000_000), ']'.repeat(4_000_000)), 2],
    [
      'a configuration of texts',
      () => configuration(each(2_000_000, (index) => Buffer.from(`"k.${index}",`)).toString(), '""'),
      2,
    ],
    ['YAML of nothing but braces', () => Buffer.from(`class_name: a\na: [${'{},'.repeat(349_000)}{}]`), 0],
    ['JSON Lines', () => Buffer.from('{"class_name":"cat","score":0.5}\n'.repeat(150_000)), 0],
    ['safetensors of many tensors', () => safetensorsOf(tensors(150_000)), 0],
    ['safetensors with a long text', () => safetensorsOf(`{"__metadata__":{"a":"${'x'.repeat(60_000_000)}"}}`), 0],
    ['an archive of many names', () => archive(49_000, 80), 0],
    ['names that leave a folder', () => archive(25_000, 80, '../'), 1],
  ])('%s', (name, content, status) => {
    const found = scan(name.replaceAll(' ', '-'), content(), [join(root, 'cli/bin.mjs'), 'scan']);
    expect(found.status).toBe(status);
    expect(found.megabytes).toBeGreaterThan(20);
    expect(found.megabytes).toBeLessThan(LIMIT);
  });

  test.each<[string, () => Buffer]>([
    ['small objects', () => objects],
    ['many names', () => archive(49_000, 80)],
  ])('the engine without the command line, of %s', (name, content) => {
    const found = scan(`engine-${name}`, content(), ['--input-type=module', '--eval', ENGINE]);
    expect(found.status).toBe(0);
    expect(found.megabytes).toBeGreaterThan(20);
    expect(found.megabytes).toBeLessThan(LIMIT);
  });
});
