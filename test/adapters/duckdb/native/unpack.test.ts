import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unpackPackage } from '../../../../adapters/duckdb/native/unpack.ts';
import { goodEntries, type TarEntry, tarball } from './registry.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'unpack-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('unpacks the files of a package, byte for byte', async () => {
  const library = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
  await unpackPackage(await tarball([...goodEntries(), ['package/LICENSE', library]]), directory);
  expect(readdirSync(directory).sort()).toEqual(['LICENSE', 'duckdb.node', 'libduckdb.so', 'package.json']);
  expect(readFileSync(join(directory, 'LICENSE')).equals(library)).toBe(true);
});

test.each<[string, TarEntry]>([
  ['a path that climbs out', ['package/../../evil', 'x']],
  ['a path beside the package', ['evil', 'x']],
  ['an absolute path', ['/tmp/evil', 'x']],
  ['a folder', ['package/lib/evil', 'x']],
  ['dots alone', ['package/..', 'x']],
  ['a hidden file', ['package/.npmrc', 'x']],
  ['a name with a line break', ['package/a\nb', 'x']],
  ['a backslash', ['package/..\\evil', 'x']],
  ['a symbolic link', ['package/duckdb.node', '', { type: 'symlink', linkname: '/etc/passwd' }]],
  ['a hard link', ['package/other', '', { type: 'link', linkname: 'package/duckdb.node' }]],
  ['a device', ['package/other', '', { type: 'character-device' }]],
  ['a file twice', ['package/duckdb.node', 'x']],
])('refuses %s', async (_, entry) => {
  const archive = await tarball([
    ...goodEntries().filter(([name]) => name !== entry[0] || entry[2] === undefined),
    entry,
  ]);
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('evil'));
  await expect(unpackPackage(archive, directory)).rejects.toMatchObject({ code: 'not_installed' });
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('evil'))).toEqual(before);
});

test('refuses more files than such a package has', async () => {
  const many = Array.from({ length: 40 }, (_, index): TarEntry => [`package/file${index}`, 'x']);
  await expect(unpackPackage(await tarball(many), directory)).rejects.toThrow(/more than 32 files/);
});

test('any bytes are unpacked or refused, and nothing else happens', async () => {
  const archive = await tarball(goodEntries());
  const change = fc.tuple(fc.nat({ max: archive.length - 1 }), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 3 }),
      fc.nat({ max: archive.length }),
      async (changes, length) => {
        const bytes = Buffer.from(archive.subarray(0, length));
        for (const [at, by] of changes) if (at < bytes.length) bytes[at] = ((bytes[at] ?? 0) + by) % 256;
        const target = mkdtempSync(join(directory, 'any-'));
        const outcome = await unpackPackage(bytes, target).then(
          () => 'unpacked',
          (error: { code?: string }) => error.code,
        );
        expect(['unpacked', 'not_installed']).toContain(outcome);
      },
    ),
    { numRuns: 100 },
  );
});
