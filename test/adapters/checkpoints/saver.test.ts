import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listCheckpoint } from '../../../adapters/checkpoints/listing.ts';
import { writeObjects } from '../../../adapters/checkpoints/objects.ts';
import { restoreFiles } from '../../../adapters/checkpoints/restore.ts';
import { CheckpointSaver, type CheckpointStore, type Pack } from '../../../adapters/checkpoints/saver.ts';
import { Sha256 } from '../../../core/names.ts';
import { CHUNK_BYTES, CheckpointManifest } from '../../../core/training/checkpoint.ts';

const identity = {
  run: CheckpointManifest.shape.run.parse('01JD0000000000000000000000'),
  fingerprint: Sha256.parse('a'.repeat(64)),
  trust: 'member' as const,
  attempt: 1,
};

let base = '';
let directory = '';
let store: TestStore;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'trainyard-checkpoint-'));
  directory = join(base, 'checkpoint');
  mkdirSync(directory);
  store = openStore();
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

interface TestStore extends CheckpointStore {
  /** By name, what was put and not dropped. */
  readonly kept: Map<string, string>;
  fail: Error | null;
  beforePut: () => void;
}

function openStore(): TestStore {
  const kept = new Map<string, string>();
  const held: TestStore = {
    kept,
    fail: null,
    beforePut: () => undefined,
    async put(name, from, files) {
      held.beforePut();
      if (held.fail !== null) throw held.fail;
      const target = join(base, 'store', name);
      mkdirSync(target, { recursive: true });
      for (const file of files) copyFileSync(join(from, file), join(target, file));
      kept.set(name, target);
      return { runId: 1, id: kept.size + 100, digest: Sha256.parse(String(kept.size % 10).repeat(64)) };
    },
    async drop(name) {
      kept.delete(name);
    },
  };
  return held;
}

const open = (restored: Pack | null = null, over = directory): Promise<CheckpointSaver> =>
  CheckpointSaver.over({
    directory: over,
    staging: join(base, 'staging'),
    store,
    identity,
    restored,
    now: () => new Date(0),
    step: () => 7,
  });

const write = (path: string, content: string | Buffer): void => {
  mkdirSync(join(directory, path, '..'), { recursive: true });
  writeFileSync(join(directory, path), content);
};
const manifestOf = (name: string): CheckpointManifest =>
  CheckpointManifest.parse(JSON.parse(readFileSync(join(store.kept.get(name) ?? '', 'checkpoint.json'), 'utf8')));
const newest = (): CheckpointManifest => manifestOf([...store.kept.keys()].at(-1) ?? '');
const objectsBytes = (): number =>
  readFileSync(join(store.kept.get([...store.kept.keys()].at(-1) ?? '') ?? '', 'objects.bin')).length;

/** Restores the newest save from what the store still holds. */
async function restored(): Promise<string> {
  const target = join(base, `restored-${store.kept.size}`);
  mkdirSync(target);
  const packs = [...store.kept.entries()].map(([name, at]) => {
    return { file: join(at, 'objects.bin'), objects: manifestOf(name).objects };
  });
  await restoreFiles(newest(), packs, target);
  return target;
}

test('a checkpoint is saved once it is quiet, and not before', async () => {
  const saver = await open();
  write('model.bin', 'one');
  expect(await saver.look()).toBe(false);
  write('model.bin', 'one and more');
  expect(await saver.look()).toBe(false);
  expect(await saver.look()).toBe(true);
  expect(await saver.look()).toBe(false);
  expect(newest()).toMatchObject({ sequence: 1, step: 7, files: [{ path: 'model.bin', size: 12 }] });
});

test('a save holds only the chunks that none before it does, and is whole with them', async () => {
  const saver = await open();
  const large = Buffer.alloc(2 * CHUNK_BYTES + 5, 1);
  large[0] = 2;
  write('epoch-1/model.bin', large);
  await saver.last();
  write('epoch-2/model.bin', Buffer.concat([large.subarray(0, CHUNK_BYTES), Buffer.from('new')]));
  await saver.last();
  expect(objectsBytes()).toBe(3);
  expect(newest().packs).toHaveLength(1);
  const target = await restored();
  expect(readFileSync(join(target, 'epoch-1/model.bin')).equals(large)).toBe(true);
  expect(readFileSync(join(target, 'epoch-2/model.bin')).subarray(-3).toString()).toBe('new');
});

test('saves that the last one does not need are dropped, and the last one is whole after any number', async () => {
  const saver = await open();
  for (let round = 0; round < 40; round += 1) {
    write('state.bin', `state ${round}`);
    write(`kept-${round}.bin`, `kept ${round}`);
    await saver.last();
  }
  expect(store.kept.size).toBeLessThanOrEqual(16);
  const target = await restored();
  expect(readFileSync(join(target, 'state.bin'), 'utf8')).toBe('state 39');
  expect(readFileSync(join(target, 'kept-0.bin'), 'utf8')).toBe('kept 0');
});

test('a save that fails is made up for, and the one before it stays', async () => {
  const saver = await open();
  write('a', 'first');
  await saver.last();
  write('a', 'second');
  store.fail = new Error('connection lost');
  await expect(saver.last()).rejects.toThrow('connection lost');
  expect([...store.kept.keys()]).toEqual(['trainyard-checkpoint-1-000001']);
  store.fail = null;
  await saver.last();
  expect(readFileSync(join(await restored(), 'a'), 'utf8')).toBe('second');
});

test.each([
  ['grows', () => appendFileSync(join(directory, 'a'), 'more')],
  ['shrinks', () => truncateSync(join(directory, 'a'), 1)],
  ['goes away', () => rmSync(join(directory, 'a'))],
])('a file that %s while it is saved does not become a checkpoint', async (_what, change) => {
  write('a', Buffer.alloc(CHUNK_BYTES + 1, 1));
  const listed = await listCheckpoint(directory);
  change();
  const target = join(base, 'objects.bin');
  await expect(writeObjects(directory, listed, new Set(), new Map(), target)).rejects.toThrow(
    /written to|shorter|went away/,
  );
});

test('a link is refused with its name', async () => {
  const saver = await open();
  symlinkSync('/etc/passwd', join(directory, 'latest'));
  await expect(saver.last()).rejects.toThrow('"latest" is no regular file');
});

test('what was restored is not saved again, and its chunks are used', async () => {
  const first = await open();
  write('old', Buffer.alloc(100, 3));
  await first.last();
  const objects = new Set(newest().objects.map(({ sha256 }) => sha256));
  const pack = { name: 'before', reference: { runId: 2, id: 5, digest: Sha256.parse('b'.repeat(64)) }, objects };
  const again = await open(pack);
  expect(await again.last()).toBe(false);
  write('new', 'n');
  await again.last();
  expect(newest().packs).toEqual([pack.reference]);
  expect(objectsBytes()).toBe(1);
});

test.each([
  ['has other content', (bytes: Buffer) => bytes.fill(9), /other content/],
  ['ends too early', (bytes: Buffer) => bytes.subarray(0, 2), /end too early/],
])('a save whose objects file %s is not restored', async (_what, damage, why) => {
  const saver = await open();
  write('a', 'content');
  await saver.last();
  const file = join(store.kept.get('trainyard-checkpoint-1-000001') ?? '', 'objects.bin');
  writeFileSync(file, damage(readFileSync(file)));
  await expect(restored()).rejects.toThrow(why);
});

test('a manifest whose chunks are not there is not restored', async () => {
  const saver = await open();
  write('a', 'content');
  await saver.last();
  await expect(restoreFiles(newest(), [], join(base, 'staging-none'))).rejects.toThrow('1 chunks');
});
