import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findFiles, scanFound } from '../../../adapters/archives/files-to-scan.ts';
import { calling } from '../../core/verification/assembler.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const SHA1 = 'a'.repeat(40);
const SHA256 = 'b'.repeat(64);
const REPOSITORY = 'hub/models--org--name';
const SNAPSHOT = `${REPOSITORY}/snapshots/${COMMIT}`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'files-to-scan-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(join(directory, dirname(path)), { recursive: true });
  writeFileSync(join(directory, path), content);
}

function link(path: string, target: string): void {
  mkdirSync(join(directory, dirname(path)), { recursive: true });
  symlinkSync(target, join(directory, path));
}

async function scan(path: string) {
  const found = await findFiles(directory, [path]);
  const report = scanFound(found, () => false);
  found.close();
  return report;
}

/** As huggingface_hub lays a model out. */
function cache(): void {
  put(`${REPOSITORY}/blobs/${SHA1}`, '{"model_type": "bert", "hidden_size": 8}');
  put(`${REPOSITORY}/blobs/${SHA256}`, 'a,b\n1,2\n');
  put(`${REPOSITORY}/refs/main`, COMMIT);
  link(`${SNAPSHOT}/config.json`, `../../blobs/${SHA1}`);
  link(`${SNAPSHOT}/onnx/rows.csv`, `../../../blobs/${SHA256}`);
}

test.each([
  ['a commit', SNAPSHOT, [`${SNAPSHOT}/config.json`, `${SNAPSHOT}/onnx/rows.csv`]],
  ['a file', `${SNAPSHOT}/config.json`, [`${SNAPSHOT}/config.json`]],
  [
    'all of it',
    'hub',
    [
      `${REPOSITORY}/blobs/${SHA1}`,
      `${REPOSITORY}/blobs/${SHA256}`,
      `${REPOSITORY}/refs/main`,
      `${SNAPSHOT}/config.json`,
      `${SNAPSHOT}/onnx/rows.csv`,
    ],
  ],
])('the links of a cache of Hugging Face are followed to its blobs: %s', async (_, path, files) => {
  cache();
  const report = await scan(path);
  expect([report.verdict, report.files.map((file) => file.path)]).toEqual(['clean', files]);
});

test('what they lead to is scanned', async () => {
  put(`${REPOSITORY}/blobs/${SHA256}`, calling('os', 'system'));
  link(`${SNAPSHOT}/pytorch_model.bin`, `../../blobs/${SHA256}`);
  expect(await scan(SNAPSHOT)).toMatchObject({
    verdict: 'finding',
    findings: [{ rule: 'pickle-dangerous-import', file: `${SNAPSHOT}/pytorch_model.bin` }],
  });
});

test.each<[what: string, lay: () => void]>([
  ['to anywhere else', () => link(`${SNAPSHOT}/a`, '/etc/hostname')],
  [
    'to a name that is no digest',
    () => {
      put(`${REPOSITORY}/blobs/secret`, 'a,b\n1,2\n');
      link(`${SNAPSHOT}/a`, '../../blobs/secret');
    },
  ],
  [
    'to a blob that is a link',
    () => {
      put('secret.csv', 'a,b\n1,2\n');
      link(`${REPOSITORY}/blobs/${SHA1}`, '../../../secret.csv');
      link(`${SNAPSHOT}/a`, `../../blobs/${SHA1}`);
    },
  ],
  [
    'to blobs that lie elsewhere',
    () => {
      put(`elsewhere/${SHA1}`, 'a,b\n1,2\n');
      link(`${REPOSITORY}/blobs`, '../../elsewhere');
      link(`${SNAPSHOT}/a`, `../../blobs/${SHA1}`);
    },
  ],
  [
    'to the blobs of another model',
    () => {
      put(`hub/models--org--other/blobs/${SHA1}`, 'a,b\n1,2\n');
      link(`${SNAPSHOT}/a`, `../../../models--org--other/blobs/${SHA1}`);
    },
  ],
  [
    'from a folder that is no commit',
    () => {
      put(`${REPOSITORY}/blobs/${SHA1}`, 'a,b\n1,2\n');
      link(`${REPOSITORY}/snapshots/main/a`, `../../blobs/${SHA1}`);
    },
  ],
  [
    'to a folder',
    () => {
      mkdirSync(join(directory, `${REPOSITORY}/blobs/${SHA1}`), { recursive: true });
      link(`${SNAPSHOT}/a`, `../../blobs/${SHA1}`);
    },
  ],
  ['to nothing', () => link(`${SNAPSHOT}/a`, `../../blobs/${SHA1}`)],
])('a link %s is not followed', async (_, lay) => {
  lay();
  const report = await scan(`${REPOSITORY}/snapshots`);
  expect(report).toMatchObject({ verdict: 'unscanned', findings: [{ rule: 'no-file' }] });
});
