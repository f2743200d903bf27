import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packTar } from '../../../core/packaging/tar.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'scan-'));
afterAll(() => rmSync(folder, { recursive: true }));

function python(script: string): string {
  return execFileSync('python3', ['-c', script, folder], { encoding: 'utf8' });
}

test("Python's own pickles are found in every protocol, and its data-only text ones are text", () => {
  python(`
import pickle, sys, os, collections, decimal
class Call:
    def __reduce__(self): return (os.getcwd, ())
objects = {'call': Call(), 'counter': collections.Counter('abc'), 'decimal': decimal.Decimal('1.5'), 'nested': {'a': [Call(), (Call(),)]}}
for name, value in objects.items():
    for protocol in range(6): pickle.dump(value, open(f'{sys.argv[1]}/{name}.{protocol}.pkl', 'wb'), protocol=protocol)
`);
  const verdicts = readdirSync(folder)
    .filter((name) => name.endsWith('.pkl'))
    .map((name) => [name, scanFiles([fileOf(name, readFileSync(join(folder, name)))]).files[0]?.format]);
  expect(verdicts).toHaveLength(24);
  expect(verdicts.filter(([, format]) => format !== 'pickle')).toEqual([]);
});

test("Python's zip archives have no finding of structure", () => {
  python(`
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + '/a.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
    archive.writestr('a.txt', 'hello' * 1000)
    with archive.open('b/c.bin', 'w', force_zip64=True) as entry: entry.write(b'x' * 10)
`);
  const report = scanFiles([fileOf('a.zip', readFileSync(join(folder, 'a.zip')))]);
  expect(report.findings.map(({ rule }) => rule)).toEqual([]);
});

test("Python's tarfile reads our archives", () => {
  const files = [
    { path: `${'deep/'.repeat(60)}model.onnx`, content: Buffer.from('weights'), executable: false },
    { path: 'übung/run.sh', content: Buffer.from(''), executable: true },
  ];
  writeFileSync(join(folder, 'a.tar'), packTar(files));
  const listed = python(`
import json, sys, tarfile
with tarfile.open(sys.argv[1] + '/a.tar') as archive:
    print(json.dumps([[m.name, m.size, oct(m.mode), m.mtime, m.uid, m.isreg()] for m in archive]))
`);
  expect(JSON.parse(listed)).toEqual([
    [files[0]?.path, 7, '0o644', 0, 0, true],
    ['übung/run.sh', 0, '0o755', 0, 0, true],
  ]);
});
