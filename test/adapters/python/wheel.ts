import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Writes a wheel with one module into the directory. @returns its file name and bytes */
export function writeWheel(
  directory: string,
  name: string,
  version: string,
  source: string,
): { name: string; bytes: Buffer } {
  const info = `${name}-${version}.dist-info`;
  const files: Record<string, string> = {
    [`${name}.py`]: source,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  const record = Object.entries(files).map(([path, text]) => {
    const digest = createHash('sha256').update(text).digest('base64url');
    return `${path},sha256=${digest},${Buffer.byteLength(text)}`;
  });
  files[`${info}/RECORD`] = `${[...record, `${info}/RECORD,,`].join('\n')}\n`;
  const json = join(mkdtempSync(join(directory, 'wheel-')), 'files.json');
  writeFileSync(json, JSON.stringify(files));
  const target = join(directory, `${name}-${version}-py3-none-any.whl`);
  const code =
    'import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[2],"w")\n[z.writestr(k,v) for k,v in json.load(open(sys.argv[1])).items()]\nz.close()';
  const made = spawnSync('python3', ['-c', code, json, target], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`no wheel: ${made.stderr}`);
  return { name: basename(target), bytes: readFileSync(target) };
}
