import { expect, test } from 'vitest';
import {
  CHUNK_BYTES,
  CheckpointManifest,
  checkpointName,
  lastCheckpoint,
  refuseCheckpoint,
} from '../../../core/training/checkpoint.ts';

const DIGEST = 'a'.repeat(64);
const manifest = {
  version: 1,
  run: '01JD0000000000000000000000',
  fingerprint: DIGEST,
  trust: 'member',
  attempt: 1,
  sequence: 1,
  savedAt: '2026-01-01T00:00:00Z',
  step: 4,
  files: [{ path: 'a.bin', size: CHUNK_BYTES + 1, executable: false, chunks: [DIGEST, 'b'.repeat(64)] }],
  objects: [
    { sha256: DIGEST, size: CHUNK_BYTES },
    { sha256: 'b'.repeat(64), size: 1 },
  ],
  packs: [],
};

test('a manifest says which chunks make up which file', () => {
  expect(CheckpointManifest.parse(manifest).files[0]?.chunks).toHaveLength(2);
});

const [file] = manifest.files;
test.each([
  ['leads out of the directory', { files: [{ ...file, path: '../a' }] }],
  ['is absolute', { files: [{ ...file, path: '/etc/passwd' }] }],
  ['has fewer chunks than bytes', { files: [{ ...file, chunks: [DIGEST] }] }],
  ['stands there twice', { files: [file, file] }],
  ['is larger than a checkpoint may be', { files: [{ ...file, size: 2 ** 40 }] }],
])('a file that %s is refused', (_what, change) => {
  expect(CheckpointManifest.safeParse({ ...manifest, ...change }).success).toBe(false);
});

test('the last save is that of the last attempt, whatever else the run holds', () => {
  const names = [
    'trainyard-output',
    checkpointName(1, 12),
    checkpointName(2, 3),
    checkpointName(2, 2),
    'trainyard-checkpoint-x',
  ];
  expect(lastCheckpoint(names.map((name) => ({ name })))).toEqual({ name: checkpointName(2, 3) });
  expect(lastCheckpoint([{ name: 'trainyard-output' }])).toBeNull();
});

const own = CheckpointManifest.parse(manifest);
test.each([
  ['another run', { run: '01JD0000000000000000000001' }, /is of run/],
  ['another fingerprint', { fingerprint: 'c'.repeat(64) }, /another fingerprint/],
  ['another trust class', { trust: 'fork' }, /trust class fork/],
])('a save of %s is not restored', (_what, change, why) => {
  expect(refuseCheckpoint(CheckpointManifest.parse({ ...manifest, ...change }), own)).toMatch(why);
  expect(refuseCheckpoint(own, own)).toBeNull();
});
