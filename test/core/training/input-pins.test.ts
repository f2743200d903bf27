import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { folderDigest } from '../../../core/data/sources/folder-digest.ts';
import { packTar } from '../../../core/packaging/tar.ts';
import { type FilePin, type FolderPin, heldToPins, type InputPins } from '../../../core/training/input-pins.ts';
import { sha256 } from '../samples.ts';

const LIMIT = 1 << 20;
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const git = (text: string, executable = false): FilePin => {
  const id = createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');
  return { kind: 'git', id, size: Buffer.byteLength(text), executable };
};

interface Given {
  readonly text: string;
  readonly executable?: boolean;
}

function archive(files: Readonly<Record<string, Given>>): Uint8Array {
  return packTar(
    Object.entries(files).map(([path, { text, executable = false }]) => {
      return { path, content: Buffer.from(text), executable };
    }),
  );
}

function pins(files: Record<string, FilePin>, folders: Record<string, FolderPin> = {}): InputPins {
  return { files: new Map(Object.entries(files)), folders: new Map(Object.entries(folders)) };
}

/** In odd pieces, since no boundary of a chunk is one of a file. */
async function* pieces(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function held(bytes: Uint8Array, expected: InputPins, size?: number): Promise<Buffer> {
  const passed: Uint8Array[] = [];
  for await (const chunk of heldToPins(pieces(bytes, size), expected, LIMIT)) passed.push(chunk);
  return Buffer.concat(passed);
}

const listing = [
  { path: 'a.csv', bytes: 2, sha256: sha256('a\n') },
  { path: 'b/c.csv', bytes: 2, sha256: sha256('c\n') },
];
/** As DVC 3 writes `.dir` objects. */
const dvcList = `[{"md5": "${md5('a\n')}", "relpath": "a.csv"}, {"md5": "${md5('c\n')}", "relpath": "b/\\u00e9.csv"}]`;
const FILES = { 'train.py': { text: 'x = 1\n' }, 'run.sh': { text: 'echo\n', executable: true } };
const CODE = { 'train.py': git('x = 1\n'), 'run.sh': git('echo\n', true) };

describe('inputs that are what their commit names', () => {
  test.each<[string, Record<string, Given>, InputPins]>([
    ['by git', FILES, pins(CODE)],
    [
      'by the oid of Git LFS',
      { 'a.bin': { text: 'large' } },
      pins({ 'a.bin': { kind: 'sha256', digest: sha256('large'), size: 5 } }),
    ],
    ['by the md5 of DVC', { 'a.csv': { text: 'a\n' } }, pins({ 'a.csv': { kind: 'md5', digest: md5('a\n') } })],
    [
      'by the list of a folder at a location',
      { 'data/a.csv': { text: 'a\n' }, 'data/b/c.csv': { text: 'c\n' } },
      pins({}, { data: { kind: 'sha256', digest: folderDigest(listing) } }),
    ],
    [
      'by the list of a folder of DVC',
      { 'data/a.csv': { text: 'a\n' }, 'data/b/é.csv': { text: 'c\n' } },
      pins({}, { data: { kind: 'md5', digest: md5(dvcList) } }),
    ],
  ])('are passed on byte by byte: %s', async (_, files, expected) => {
    const bytes = archive(files);
    expect(await held(bytes, expected)).toEqual(Buffer.from(bytes));
  });

  test('are passed on whatever pieces they come in', async () => {
    const bytes = archive(FILES);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4000 }), async (size) => {
        expect(await held(bytes, pins(CODE), size)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 30 },
    );
  });
});

describe('inputs are refused', () => {
  test.each<[string, Record<string, Given>, InputPins, string]>([
    ['that have other bytes', { 'a.py': { text: 'evil' } }, pins({ 'a.py': git('good') }), 'mismatch'],
    [
      'that are executable and should not be',
      { 'a.py': { text: 'a', executable: true } },
      pins({ 'a.py': git('a') }),
      'mismatch',
    ],
    [
      'whose size is not that of their pointer',
      { 'a.bin': { text: 'large' } },
      pins({ 'a.bin': { kind: 'sha256', digest: sha256('large'), size: 6 } }),
      'mismatch',
    ],
    ['that lack a file', { 'train.py': { text: 'x = 1\n' } }, pins(CODE), 'missing'],
    ['that hold a file more', { ...FILES, 'sitecustomize.py': { text: 'evil' } }, pins(CODE), 'not_declared'],
    [
      'whose folder holds a file more',
      { 'data/a.csv': { text: 'a\n' }, 'data/b/c.csv': { text: 'c\n' }, 'data/d.csv': { text: '' } },
      pins({}, { data: { kind: 'sha256', digest: folderDigest(listing) } }),
      'mismatch',
    ],
    ['whose folder is empty', FILES, pins(CODE, { data: { kind: 'md5', digest: md5(dvcList) } }), 'mismatch'],
  ])('%s', async (_, files, expected, code) => {
    await expect(held(archive(files), expected)).rejects.toMatchObject({ name: 'InputPinError', code });
  });

  test('whose archive ends early or says more', async () => {
    const bytes = archive(FILES);
    for (const broken of [bytes.subarray(0, -600), Buffer.concat([bytes, Buffer.from('more')]), Buffer.from('x')])
      await expect(held(broken, pins(CODE))).rejects.toMatchObject({ code: 'malformed' });
  });

  test('with any one byte changed', async () => {
    const bytes = archive(FILES);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (at) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 0xff;
        await expect(held(changed, pins(CODE))).rejects.toMatchObject({ name: 'InputPinError' });
      }),
      { numRuns: 100 },
    );
  });
});
