import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildManifest, type FoundFile, parseManifest } from '../../../core/packaging/manifest.ts';

const found = (path: string, kind: FoundFile['kind'] = 'file'): FoundFile => ({
  path,
  size: 1,
  sha256: 'a'.repeat(64),
  kind,
});

function problems(...files: FoundFile[]): string {
  const result = buildManifest(files);
  return result.ok ? '' : result.problems.join('\n');
}

test('lists files sorted by path', () => {
  const result = buildManifest([found('plots/loss.json'), found('model.onnx'), found('Zeta')]);
  expect(result).toMatchObject({
    ok: true,
    manifest: { version: 1, files: [{ path: 'Zeta' }, { path: 'model.onnx' }, { path: 'plots/loss.json' }] },
  });
});

test.each([
  ['a link', [found('a', 'link')], 'is a link'],
  ['a device', [found('a', 'other')], 'neither a file nor a folder'],
  ['an absolute path', [found('/a')], 'a path inside the repository'],
  ['a way out', [found('a/../../b')], 'a path inside the repository'],
  ['a folder', [found('a/')], 'ends in a slash'],
  ['the same path twice', [found('a'), found('a')], 'occurs twice'],
  ['paths that differ only in case', [found('Model.onnx'), found('model.onnx')], 'differ only in case'],
  ['folders that differ only in case', [found('A/x'), found('a/y')], 'the folders'],
  ['Unicode forms of one name', [found('caf\u00e9'), found('cafe\u0301')], 'differ only in case or form'],
  ['a file that is also a folder', [found('a'), found('a/b')], 'is a file and the folder of'],
  ['a bad digest', [{ ...found('a'), sha256: 'x' }], 'SHA-256'],
  ['a negative size', [{ ...found('a'), size: -1 }], 'a'],
])('refuses %s', (_, files, message) => {
  expect(problems(...files)).toContain(message);
});

test('reads what it made, and only in its order', () => {
  const result = buildManifest([found('b'), found('a')]);
  if (!result.ok) throw new Error('refused');
  expect(parseManifest(JSON.parse(JSON.stringify(result.manifest)))).toEqual(result);
  expect(parseManifest({ version: 1, files: [...result.manifest.files].reverse() })).toMatchObject({
    ok: false,
    problems: ['the files of the manifest are not sorted by path'],
  });
});

test('never throws on JSON of any kind', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => parseManifest(value).ok === false));
});
