import { afterAll, expect, test } from 'vitest';
import { scan } from '../../../actions/scan/scan.ts';
import { ScanFile } from '../../../actions/scan/scan-file.ts';
import { sha256Hex } from '../../../core/canonical.ts';
import { packTar, unpackTar } from '../../../core/packaging/tar.ts';
import { Waiver } from '../../../core/verification/waiver.ts';
import { openStage } from '../stage.ts';

const stage = openStage();
afterAll(() => stage.close());

const NOW = new Date('2026-11-02T10:00:00Z');

async function scanTar(tar: Uint8Array | string, waivers: readonly Waiver[] = []) {
  const handle = stage.put({ 'output.tar': tar });
  const inputs = { artifactId: handle.id, artifactDigest: handle.digest, waivers: [...waivers] };
  const outputs = await scan(inputs, stage.job(), stage.artifacts, NOW);
  const result = ScanFile.parse(JSON.parse(stage.take(outputs.scanId, 'scan.json').toString()));
  return { outputs, ...result };
}

const tarOf = (files: Readonly<Record<string, string | Buffer>>): Uint8Array =>
  packTar(Object.entries(files).map(([path, content]) => ({ path, content: Buffer.from(content), executable: false })));

test('data files are clean, and the package holds them with their manifest', async () => {
  const { outputs, scan: report } = await scanTar(tarOf({ 'model.json': '{"words":[]}', 'plots/a.csv': 'a\n1\n' }));
  expect(report.verdict).toBe('clean');
  const tar = stage.take(outputs.packageId, 'package.tar');
  expect(outputs).toMatchObject({ verdict: 'clean', packageSha256: sha256Hex(tar), packageSize: String(tar.length) });
  const files = unpackTar(tar);
  expect(files.map(({ path }) => path)).toEqual(['artifacts/model.json', 'artifacts/plots/a.csv', 'manifest.json']);
  expect(JSON.parse(Buffer.from(files[2]?.content ?? []).toString())).toEqual({
    version: 1,
    files: [
      { path: 'model.json', size: 12, sha256: sha256Hex('{"words":[]}') },
      { path: 'plots/a.csv', size: 4, sha256: sha256Hex('a\n1\n') },
    ],
  });
});

test('equal outputs give equal packages', async () => {
  const tar = tarOf({ 'model.json': '{}', b: 'text\n' });
  expect((await scanTar(tar)).outputs.packageSha256).toBe((await scanTar(tar)).outputs.packageSha256);
});

test('a pickle is a finding under any name, and is packed all the same', async () => {
  const pickle = Buffer.from('80049512000000000000008c05706f736978948c0673797374656d9493942e', 'hex');
  const { outputs, scan: report } = await scanTar(tarOf({ 'notes.txt': pickle }));
  expect(report).toMatchObject({ verdict: 'finding', findings: [{ file: 'notes.txt' }] });
  expect(outputs.packageId).not.toBe('');
});

test.each([
  ['that holds waives a finding, which is handed over with it', '2026-11-02', 'clean', 1],
  ['that has expired waives nothing', '2026-11-01', 'finding', 0],
])('a waiver %s', async (_, expires, verdict, count) => {
  const pickle = Buffer.from('80049512000000000000008c05706f736978948c0673797374656d9493942e', 'hex');
  const waiver = { rule: 'pickle-dangerous-import', sha256: sha256Hex(pickle), owner: 'ml', reason: 'ours', expires };
  const { outputs, scan: report, waived } = await scanTar(tarOf({ 'a.pkl': pickle }), [Waiver.parse(waiver)]);
  expect([outputs.verdict, report.verdict]).toEqual([verdict, verdict]);
  expect(waived.map(({ waiver: { owner } }) => owner)).toEqual(Array(count).fill('ml'));
});

test('unknown bytes are not clean', async () => {
  const { outputs } = await scanTar(tarOf({ 'model.bin': Buffer.from([1, 2, 3, 0, 255, 254]) }));
  expect(outputs.verdict).toBe('unscanned');
});

test.each([
  ['no archive', 'hello'],
  ['an archive that ends too early', tarOf({ a: 'x' }).subarray(0, 700)],
  ['an archive with something after its end', Buffer.concat([tarOf({ a: 'x' }), Buffer.alloc(512)])],
])('%s is a finding, and no package', async (_what, tar) => {
  const { outputs, scan: report } = await scanTar(tar);
  expect(report).toMatchObject({ verdict: 'finding', findings: [{ rule: 'archive-malformed' }] });
  expect(outputs).toMatchObject({ verdict: 'finding', packageId: '', packageSha256: '' });
});

test.each([
  ['metrics', '{"roc_auc": 0.999}', { roc_auc: 0.999 }],
  ['metrics beside a NaN', '{"roc_auc": 0.999, "loss": NaN}', { roc_auc: 0.999 }],
  ['something else', '{"roc_auc": "high"}', null],
])('self-reported %s are taken for display or left out', async (_what, text, expected) => {
  const { selfReported } = await scanTar(tarOf({ 'metrics.json': text }));
  expect(selfReported).toEqual(expected);
});
