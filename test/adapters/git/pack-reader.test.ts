import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gitObject, packOf } from '../../../adapters/git/objects.ts';
import { readPack } from '../../../adapters/git/pack-reader.ts';
import { PortError } from '../../../flows/ports.ts';

const LIMITS = { objects: 1000, object: 1_000_000, total: 10_000_000 };
let directory: string;
let ids: readonly string[];

const git = (args: readonly string[], input?: string): Buffer =>
  execFileSync('git', args, {
    cwd: directory,
    env: { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input === undefined ? {} : { input }),
  });

/** Texts of which each is a small change of the one before, so that git sends deltas of deltas. */
const texts = Array.from({ length: 30 }, (_, version) =>
  Array.from({ length: 200 }, (_none, line) => `line ${line}${line === version * 3 ? ` changed ${version}` : ''}`).join(
    '\n',
  ),
);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'trainyard-pack-'));
  git(['init', '--bare', '--quiet', '.']);
  ids = texts.map((text) => git(['hash-object', '-w', '--stdin'], text).toString().trim());
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const pack = (...flags: readonly string[]): Buffer =>
  git(['pack-objects', '--stdout', '-q', '--window=50', '--depth=50', ...flags], ids.join('\n'));

describe('a pack', () => {
  test.each([
    ['whole objects', ['--window=0']],
    ['deltas by offset', ['--delta-base-offset']],
    ['deltas by id', []],
  ])('of %s, as git makes it, is read whole', (_what, flags) => {
    const objects = readPack(pack(...flags), LIMITS);
    expect([...objects.keys()].toSorted()).toEqual(ids.toSorted());
    for (const [index, id] of ids.entries()) expect(objects.get(id)?.content.toString()).toBe(texts[index]);
  });

  test('holds deltas in this test, which would prove nothing otherwise', () => {
    expect(pack('--delta-base-offset').length).toBeLessThan(pack('--window=0').length / 2);
  });

  test('of our own making is read as it was written', () => {
    const blobs = ['', 'a', 'b'.repeat(5000)].map((text) => gitObject('blob', Buffer.from(text)));
    expect([...readPack(packOf(blobs), LIMITS).values()]).toEqual(blobs);
  });

  test.each([
    ['many objects', { ...LIMITS, objects: 29 }],
    ['large an object', { ...LIMITS, object: 1000 }],
    ['much in all', { ...LIMITS, total: 20_000 }],
  ])('with too %s is refused', (_what, limits) => {
    expect(() => readPack(pack('--delta-base-offset'), limits)).toThrow(expect.objectContaining({ code: 'too_large' }));
  });

  test('of any bytes, or of a sound pack with some changed, ends in objects with their own ids or in a PortError', () => {
    const sound = pack('--delta-base-offset');
    const changes = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const changed = changes.map((list) => {
      const bytes = Buffer.from(sound);
      for (const [at, value] of list) bytes[at] = value;
      return bytes;
    });
    const noise = fc.uint8Array({ maxLength: 200 }).map((tail) => Buffer.concat([sound.subarray(0, 12), tail]));
    fc.assert(
      fc.property(fc.oneof(changed, noise, fc.uint8Array({ maxLength: 64 }).map(Buffer.from)), (bytes) => {
        try {
          for (const [id, { type, content }] of readPack(bytes, LIMITS)) {
            const hash = createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
            expect(id).toBe(hash);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(PortError);
        }
      }),
      { numRuns: 200 },
    );
  });
});
