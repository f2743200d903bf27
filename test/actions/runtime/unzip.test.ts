import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { unzipExpected } from '../../../actions/runtime/unzip.ts';
import { openStage } from '../stage.ts';

const stage = openStage();
afterAll(() => stage.close());

interface ZipEntry {
  readonly name: string;
  readonly content: string;
  readonly deflate?: boolean;
  readonly flags?: number;
  /** Lies about the size after unpacking. */
  readonly size?: number;
}

/** A zip archive, honest or not. */
function zip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, deflate = false, flags = 0, size } of entries) {
    const data = deflate ? deflateRawSync(content) : Buffer.from(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(deflate ? 8 : 0, 4);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(size ?? Buffer.byteLength(content), 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('504b0304', 'hex'), common, Buffer.from(name), data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('504b01021400', 'hex'), common, tail, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('504b0506', 'hex');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

let count = 0;
async function unzip(archive: Buffer, expected = { 'a.json': { maxBytes: 100 } }) {
  count += 1;
  const directory = join(stage.base, `zip-${count}`);
  mkdirSync(directory);
  writeFileSync(join(directory, 'archive.zip'), archive);
  const found = await unzipExpected(join(directory, 'archive.zip'), directory, expected);
  return { found, read: (name: string) => readFileSync(join(directory, name), 'utf8') };
}

test.each([false, true])('an expected file is unpacked (deflated: %s)', async (deflate) => {
  const { found, read } = await unzip(zip([{ name: 'a.json', content: '{"a":1}', deflate }]));
  expect([...found]).toEqual(['a.json']);
  expect(read('a.json')).toBe('{"a":1}');
});

test('an optional file may be missing', async () => {
  const { found } = await unzip(zip([{ name: 'a.json', content: '1' }]), {
    'a.json': { maxBytes: 9 },
    'b.json': { maxBytes: 9, optional: true },
  } as never);
  expect([...found]).toEqual(['a.json']);
});

test.each([
  [
    'a file that is not expected',
    zip([
      { name: 'a.json', content: '1' },
      { name: 'b', content: '1' },
    ]),
    'holds "b"',
  ],
  ['a way out', zip([{ name: '../a.json', content: '1' }]), 'can’t be read'],
  ['a name of what every object has', zip([{ name: 'constructor', content: '1' }]), 'holds "constructor"'],
  [
    'a file twice',
    zip([
      { name: 'a.json', content: '1' },
      { name: 'a.json', content: '2' },
    ]),
    'twice',
  ],
  ['a file that is too large', zip([{ name: 'a.json', content: 'x'.repeat(101) }]), 'expected at most 100'],
  [
    'a bomb that lies about its size',
    zip([{ name: 'a.json', content: 'x'.repeat(100_000), deflate: true, size: 50 }]),
    'can’t be read',
  ],
  ['an encrypted file', zip([{ name: 'a.json', content: '1', flags: 1 }]), 'archive'],
  ['nothing', zip([]), 'lacks a.json'],
  ['no archive', Buffer.from('hello'), 'can’t be read'],
])('an archive with %s is refused', async (_what, archive, message) => {
  await expect(unzip(archive)).rejects.toMatchObject({
    code: 'artifact_invalid',
    message: expect.stringContaining(message),
  });
});

test('damaged archives end in our own error, and no file is written beyond its limit', async () => {
  const good = zip([{ name: 'a.json', content: '{"a":1}', deflate: true }]);
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (index, byte) => {
      const bad = Buffer.from(good);
      bad[index] = byte;
      const result = await unzip(bad).catch((error: unknown) => error);
      if (result instanceof Error) expect(result).toMatchObject({ code: 'artifact_invalid' });
    }),
    { numRuns: 150 },
  );
});
