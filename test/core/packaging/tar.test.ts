import fc from 'fast-check';
import { extract, pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import {
  packTar,
  readTar,
  replaceInTar,
  TarError,
  type TarErrorCode,
  type TarFile,
  unpackTar,
  writeTar,
} from '../../../core/packaging/tar.ts';

const file = (path: string, content = '', executable = false): TarFile => ({
  path,
  content: Buffer.from(content),
  executable,
});

async function collect(chunks: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) if (chunk instanceof Uint8Array) parts.push(chunk);
  return Buffer.concat(parts);
}

function codeOf(action: () => unknown): TarErrorCode | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof TarError) return error.code;
    throw error;
  }
}

const name = fc.stringMatching(/^[a-zü_-]{1,12}$/u);
const path = fc.array(name, { minLength: 1, maxLength: 12 }).map((parts) => parts.join('/'));
const files = fc.uniqueArray(
  fc.record({ path, content: fc.uint8Array({ maxLength: 1200 }), executable: fc.boolean() }),
  {
    maxLength: 6,
    selector: (item) => item.path.split('/')[0],
  },
);

test('reads back what was written, sorted by path', () => {
  fc.assert(
    fc.property(files, (list) => {
      const back = unpackTar(packTar(list));
      const expected = [...list].sort((a, b) => (a.path < b.path ? -1 : 1));
      expect(back.map(({ path: at, executable, content }) => [at, executable, [...content]])).toEqual(
        expected.map(({ path: at, executable, content }) => [at, executable, [...content]]),
      );
    }),
    { numRuns: 50 },
  );
});

test('equal files give equal bytes, in whatever order they come', () => {
  fc.assert(
    fc.property(files, (list) => {
      expect(Buffer.compare(packTar(list), packTar([...list].reverse()))).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test('an independent reader sees the same files', async () => {
  const list = [
    file('a.txt', 'x'.repeat(700)),
    file(`${'long/'.repeat(40)}name`, 'y', true),
    file('ünï/cøde', 'z'),
    file('PaxHeader', '!'),
  ];
  const seen: [string, string, number | undefined, number | undefined][] = [];
  const reader = extract();
  reader.on('entry', (header, stream, next) => {
    const parts: Buffer[] = [];
    stream.on('data', (part) => {
      if (part instanceof Uint8Array) parts.push(Buffer.from(part));
    });
    stream.on('end', () => {
      seen.push([header.name, Buffer.concat(parts).toString(), header.mode, header.mtime?.getTime()]);
      next();
    });
  });
  await new Promise<void>((resolve, reject) => {
    reader.on('finish', () => resolve());
    reader.on('error', reject);
    reader.end(packTar(list));
  });
  const expected = list.map((one) => [
    one.path,
    Buffer.from(one.content).toString(),
    one.executable ? 0o755 : 0o644,
    0,
  ]);
  expect(seen).toEqual(expected.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)));
});

test('writing and reading in chunks gives the same as in memory', async () => {
  const list = [file('a', 'x'.repeat(1025)), file('b/c', ''), file('d'.repeat(120), 'q')];
  const written: Uint8Array[] = [];
  const sources = list.map(({ path: at, content, executable }) => ({
    path: at,
    size: content.length,
    executable,
    chunks: () => [content.subarray(0, 3), content.subarray(3)],
  }));
  for await (const chunk of writeTar(sources)) written.push(chunk);
  const archive = Buffer.concat(written);
  expect(Buffer.compare(archive, packTar(list))).toBe(0);
  const bytesOf = new Map<string, number>();
  let current = '';
  const pieces = Array.from({ length: Math.ceil(archive.length / 97) }, (_, index) =>
    archive.subarray(index * 97, index * 97 + 97),
  );
  for await (const event of readTar(pieces)) {
    if (event.kind === 'file') current = event.path;
    bytesOf.set(current, (bytesOf.get(current) ?? 0) + (event.kind === 'data' ? event.bytes.length : 0));
  }
  expect([...bytesOf]).toEqual(list.map((one) => [one.path, one.content.length]));
});

test.each([2, 9])('refuses a source that gives %s bytes where it said 5', async (size) => {
  const source = { path: 'a', size: 5, executable: false, chunks: () => [Buffer.alloc(size)] };
  await expect(collect(writeTar([source]))).rejects.toMatchObject({ code: 'malformed' });
});

test.each([
  ['longer', 'rate: 0.25 and much more '.repeat(40)],
  ['shorter', 'r'],
  ['gone', ''],
])('one file of an archive is replaced by something %s, and the rest stays as it was', async (_, text) => {
  const list = ['a', 'b/params', 'c'].map((at) => file(at, at.repeat(500), at === 'c'));
  const before = packTar(list);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < before.length; start += 97) yield before.subarray(start, start + 97);
  }
  const replaced = (at: string, maxBytes = 4000): Promise<Buffer> =>
    collect(replaceInTar(pieces(), { path: at, maxBytes }, () => Buffer.from(text)));
  for (const { path: at } of list) {
    const after = list.map((one) => (one.path === at ? { ...one, content: Buffer.from(text) } : one));
    expect(await replaced(at)).toEqual(Buffer.from(packTar(after)));
  }
  expect(await replaced('none')).toEqual(Buffer.from(before));
  await expect(replaced('a', 499)).rejects.toMatchObject({ code: 'too_large' });
});

describe('unsafe paths', () => {
  test.each([
    '',
    '/etc/passwd',
    '../x',
    'a/../b',
    'a//b',
    './a',
    'a/',
    'c:\\x',
    'a\\b',
    '.git/config',
    'a\nb',
    'a\0b',
    '\ud800',
  ])('%j is neither written nor read', (bad) => {
    expect(codeOf(() => packTar([file(bad)]))).toBe('unsafe_path');
  });

  test.each([
    [['a', 'a'], 'conflicting_paths'],
    [['Model', 'model'], 'conflicting_paths'],
    [['a', 'a/b'], 'conflicting_paths'],
    [['A/x', 'a/y'], 'conflicting_paths'],
    [['ﬁle', 'file'], 'conflicting_paths'],
  ])('%j cannot exist side by side', (paths, code) => {
    expect(codeOf(() => packTar(paths.map((one) => file(one))))).toBe(code);
  });
});

function foreign(header: Parameters<ReturnType<typeof pack>['entry']>[0], content = ''): Promise<Buffer> {
  const writer = pack();
  writer.entry(header, content);
  writer.finalize();
  return collect(writer);
}

describe('archives of other tools', () => {
  const plain = { mtime: new Date(0), mode: 0o644, uid: 0, gid: 0 };

  test.each([
    ['a symbolic link', { ...plain, name: 'a', type: 'symlink' as const, linkname: '/etc/passwd' }],
    ['a hard link', { ...plain, name: 'a', type: 'link' as const, linkname: 'b' }],
    ['a device', { ...plain, name: 'a', type: 'character-device' as const }],
    ['a folder', { ...plain, name: 'a', type: 'directory' as const }],
    ['a time', { ...plain, name: 'a', mtime: new Date(5000) }],
    ['an owner', { ...plain, name: 'a', uid: 1000 }],
    ['a set-uid bit', { ...plain, name: 'a', mode: 0o4755 }],
    ['a path outside', { ...plain, name: '../a' }],
  ])('%s is refused', async (_, header) => {
    const archive = await foreign(header);
    expect(codeOf(() => unpackTar(archive))).toMatch(/malformed|unsafe_path/);
  });
});

describe('damaged archives', () => {
  const archive = packTar([file('a', 'hello'), file(`b/${'x'.repeat(150)}`, 'world')]);

  test('every archive that is accepted is the one that would be written', () => {
    fc.assert(
      fc.property(fc.nat({ max: archive.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(archive);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        const code = codeOf(() => expect(Buffer.compare(packTar(unpackTar(damaged)), damaged)).toBe(0));
        expect(code === null || code.length > 0).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('every cut is noticed', () => {
    for (let length = 0; length < archive.length; length += 61)
      expect(codeOf(() => unpackTar(archive.subarray(0, length)))).toBe('truncated');
  });

  test.each([
    ['a byte after the end', Buffer.concat([archive, Buffer.from([0])]), 'trailing_data'],
    ['a second archive after the end', Buffer.concat([archive, archive]), 'trailing_data'],
    ['entries out of order', Buffer.concat([packTar([file('b')]).subarray(0, 512), packTar([file('a')])]), 'unsorted'],
    ['an entry twice', Buffer.concat([packTar([file('a')]).subarray(0, 512), packTar([file('a')])]), 'unsorted'],
    ['nothing', Buffer.alloc(0), 'truncated'],
  ])('%s is refused', (_, bytes, code) => {
    expect(codeOf(() => unpackTar(bytes))).toBe(code);
  });

  test('bytes of any kind end in a TarError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (noise) => {
        expect(codeOf(() => unpackTar(noise))).not.toBeNull();
      }),
      { numRuns: 100 },
    );
  });
});

test('limits hold before a content is read', () => {
  const archive = packTar([file('a', 'x'.repeat(100)), file('b', 'y')]);
  expect(codeOf(() => unpackTar(archive, { maxBytes: 99 }))).toBe('too_large');
  expect(codeOf(() => unpackTar(archive, { maxFiles: 1 }))).toBe('too_many_files');
});
