import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FilesOnDisk } from '../../../adapters/archives/files-on-disk.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { calling } from '../../core/verification/assembler.ts';

const CLEAN = 'a,b\n1,2\n';
let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'files-on-disk-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each<[string, (place: string) => void]>([
  ['other bytes, with the time of the old ones', (place) => writeFileSync(place, CLEAN.replace('1', '3'))],
  ['a link to a clean file', (place) => symlinkSync(join(directory, 'other'), place)],
  ['a pipe, which nobody writes to', (place) => execFileSync('mkfifo', [place])],
  ['a folder', (place) => execFileSync('mkdir', [place])],
  ['nothing', () => {}],
])('what came into the place of a file after its digest is not taken for it: %s', async (what, replace) => {
  const place = join(directory, 'model.csv');
  writeFileSync(join(directory, 'other'), CLEAN);
  writeFileSync(place, CLEAN);
  const { size, mtime } = statSync(place);
  const disk = new FilesOnDisk();
  const file = await disk.scannable('model.csv', place, size);
  rmSync(place);
  replace(place);
  if (what.startsWith('other')) utimesSync(place, mtime, mtime);
  expect(scanFiles([file])).toMatchObject({
    verdict: 'finding',
    findings: [{ message: expect.stringContaining('the file changed while it was scanned') }],
  });
  disk.close();
  rmSync(place, { recursive: true, force: true });
});

test('a link or a pipe that came into the place of a file before its digest is not waited for', async () => {
  const disk = new FilesOnDisk();
  writeFileSync(join(directory, 'evil.pkl'), calling('os', 'system'));
  symlinkSync('evil.pkl', join(directory, 'link'));
  execFileSync('mkfifo', [join(directory, 'pipe')]);
  await expect(disk.scannable('link', join(directory, 'link'), 10)).rejects.toThrow(/ELOOP/);
  await expect(disk.scannable('pipe', join(directory, 'pipe'), 0)).rejects.toThrow('it is no file any more');
});
