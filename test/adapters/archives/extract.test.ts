import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { extractTar } from '../../../adapters/archives/extract.ts';
import { comparePaths } from '../../../core/packaging/manifest.ts';
import { packTar, TarError } from '../../../core/packaging/tar.ts';
import { entryHeader } from '../../../core/packaging/tar-header.ts';
import { ATTACKS } from '../../core/reports/hostile.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trainyard-extract-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** An archive in our form that our writer would refuse to write. */
function archive(paths: readonly string[]): Buffer {
  const headers = [...paths].sort(comparePaths).map((path) => entryHeader({ path, size: 0, executable: false }));
  return Buffer.concat([...headers, new Uint8Array(1024)]);
}

async function extract(paths: readonly string[]): Promise<readonly string[]> {
  const [file, target] = [join(directory, 'archive.tar'), await mkdtemp(join(directory, 'target-'))];
  await writeFile(file, archive(paths));
  return extractTar(file, target, { maxBytes: 1000 });
}

test.each([
  ['a file where another’s folder is', ['a', 'a/b']],
  ['the same but for case', ['Model.bin', 'model.bin']],
  ['the same but for Unicode form', ['é', 'e\u0301']],
  ['the same but for dots at the end', ['model', 'model.']],
  ['the same but for spaces at the end of a folder', ['data/a', 'data /b']],
  ['the same but for a ligature', ['file', 'ﬁle']],
  ['a name longer than a file system takes', ['n'.repeat(300)]],
])('%s is refused as a fault of the archive', async (_, paths) => {
  await expect(extract(paths)).rejects.toThrow(TarError);
});

test.each(['../x', '/x', 'a/../../x', 'a//b', './x', '.git/config', '.GIT/x', 'a\\b', 'c:x', 'a\nb', 'a\u0000b', ''])(
  'nothing is written for the path %j',
  async (path) => {
    await expect(extract([path])).rejects.toThrow(TarError);
    expect((await readdir(directory)).sort()).toEqual(['archive.tar', expect.stringMatching(/^target-/)]);
  },
);

test('whatever a path is, it is refused or stays below the target', async () => {
  for (const path of [...ATTACKS.paths, ...ATTACKS.unicode]) {
    const found = await extract([path]).catch((error: unknown) => error);
    if (Array.isArray(found)) expect(found).toEqual([path.toWellFormed()]);
    else expect(found).toBeInstanceOf(TarError);
  }
  expect((await readdir(directory)).filter((name) => !/^(target-.*|archive\.tar)$/.test(name))).toEqual([]);
});

test.each(ATTACKS.paths.map((path) => [path]))('the writer takes %j only where the reader does', async (path) => {
  const written = (() => {
    try {
      return packTar([{ path, content: new Uint8Array(), executable: false }]);
    } catch (error) {
      return error;
    }
  })();
  const read = await extract([path]).catch((error: unknown) => error);
  if (written instanceof TarError) expect(read).toBeInstanceOf(TarError);
  else expect(written).toBeInstanceOf(Uint8Array);
});
