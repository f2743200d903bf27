import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { countingFile, writeCheckpoint, writeSafetensors } from './sparse.ts';

const folder = mkdtempSync(join(tmpdir(), 'scan-large-'));
afterAll(() => rmSync(folder, { recursive: true }));

const GIGABYTE = 2 ** 30;

test.each<[string, (path: string) => void, string]>([
  ['checkpoint of PyTorch', (path) => writeCheckpoint(path, 5, 2 * GIGABYTE), 'PyTorch'],
  ['file of safetensors', (path) => writeSafetensors(path, 10 * GIGABYTE), 'safetensors'],
])('of a %s of 10 GB, less than 1 MB is read', (name, write, format) => {
  const path = join(folder, name.replaceAll(' ', '-'));
  write(path);
  expect(statSync(path).size).toBeGreaterThan(10 * GIGABYTE);
  const { file, read, close } = countingFile(path);
  const report = scanFiles([file]);
  close();
  expect(report.findings).toEqual([]);
  expect([report.verdict, report.files[0]?.format]).toEqual(['clean', format]);
  expect(read()).toBeLessThan(1_000_000);
});

test('a large configuration that names code is judged once', () => {
  const path = join(folder, 'config.json');
  writeFileSync(path, `{"auto_map": {"AutoModel": "x.Y"}, "a": [${'{"b": 1}, '.repeat(20_000)}1]}`);
  const { file, read, close } = countingFile(path);
  const report = scanFiles([file]);
  close();
  expect(report.findings.map(({ rule }) => rule)).toEqual(['config-remote-code']);
  expect(read()).toBeLessThan(3 * file.size);
});

test('a tag of YAML that is written with escapes is found in a large file without any key', () => {
  const path = join(folder, 'list.yaml');
  writeFileSync(path, `${'- a line\n'.repeat(150_000)}- !!python%2Fobject%2Fapply%3Aos.system [id]\n`);
  const { file, close } = countingFile(path);
  const { verdict } = scanFiles([file]);
  close();
  expect(verdict).not.toBe('clean');
});
