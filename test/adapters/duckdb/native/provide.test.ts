import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NativePackage } from '../../../../adapters/duckdb/native/packages.ts';
import { type NativeOptions, provideNative } from '../../../../adapters/duckdb/native/provide.ts';
import { type FakeRegistry, fakeRegistry, goodEntries, NAME, tarball, wantedOf } from './registry.ts';

let registry: FakeRegistry;
let directory = '';
let good: Buffer;
let wanted: NativePackage;
const LINUX = { platform: 'linux', arch: 'x64', libc: 'glibc' } as const;

beforeAll(async () => {
  good = await tarball(goodEntries());
  wanted = wantedOf(good);
});
beforeEach(async () => {
  registry = await fakeRegistry();
  directory = mkdtempSync(join(tmpdir(), 'native-'));
});
afterEach(async () => {
  await registry.close();
  rmSync(directory, { recursive: true, force: true });
});
const waited: number[] = [];

const cache = (): string => join(directory, 'tools');
const place = (): string => join(cache(), 'trainyard-duckdb', '1.0.0', 'linux-x64');

function provide(more: Partial<Omit<NativeOptions, 'registry'>> & { token?: string; timeout?: number } = {}) {
  const { token = null, timeout = 5000, ...options } = more;
  return provideNative({
    platform: LINUX,
    preinstalled: null,
    cache: cache(),
    wanted,
    registry: { url: registry.url, token, timeout, wait: async (milliseconds) => void waited.push(milliseconds) },
    ...options,
  });
}

/** What lies in the cache besides the package itself: nothing ever should. */
const left = (): string[] =>
  existsSync(join(cache(), 'trainyard-duckdb', '1.0.0')) ? readdirSync(join(cache(), 'trainyard-duckdb', '1.0.0')) : [];

function lay(folder: string, version = '1.0.0'): string {
  const at = join(directory, folder);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'package.json'), JSON.stringify({ name: NAME, version }));
  writeFileSync(join(at, 'duckdb.node'), 'preinstalled');
  return at;
}

test('fetches the package of the platform by exact version, and keeps it', async () => {
  registry.answer = (response) => response.end(good);
  expect(await provide()).toBe(join(place(), 'duckdb.node'));
  expect(registry.asked.map(({ path }) => path)).toEqual([`/${NAME}/-/node-bindings-linux-x64-1.0.0.tgz`]);
  expect(readdirSync(place()).sort()).toEqual(['duckdb.node', 'libduckdb.so', 'package.json']);
  expect(left()).toEqual(['linux-x64']);
  expect(statSync(place()).mode & 0o777).toBe(0o755);
});

test('asks nobody when the cache holds it', async () => {
  registry.answer = (response) => response.end(good);
  await provide();
  await provide();
  expect(registry.asked).toHaveLength(1);
});

test('two jobs at once end with one whole package', async () => {
  registry.answer = (response) => response.end(good);
  const paths = await Promise.all([provide(), provide(), provide()]);
  expect(new Set(paths)).toEqual(new Set([join(place(), 'duckdb.node')]));
  expect(readFileSync(paths[0] ?? '', 'utf8')).toBe('native');
  expect(left()).toEqual(['linux-x64']);
});

test('replaces what a full disk left in its place', async () => {
  mkdirSync(place(), { recursive: true });
  writeFileSync(join(place(), 'duckdb.node'), 'hal');
  registry.answer = (response) => response.end(good);
  expect(readFileSync(await provide(), 'utf8')).toBe('native');
});

test('two jobs at once that find something broken there end with one whole package, too', async () => {
  mkdirSync(place(), { recursive: true });
  writeFileSync(join(place(), 'duckdb.node'), 'hal');
  registry.answer = (response) => response.end(good);
  const paths = await Promise.all([provide(), provide(), provide()]);
  for (const path of paths) expect(readFileSync(path, 'utf8')).toBe('native');
  expect(left()).toEqual(['linux-x64']);
});

test('asks again after a fault that passes, and waits longer each time', async () => {
  waited.length = 0;
  registry.answer = (response, attempt) =>
    attempt === 1 ? response.writeHead(503).end() : attempt === 2 ? response.destroy() : response.end(good);
  await provide();
  expect(registry.asked).toHaveLength(3);
  expect(waited).toEqual([1000, 2000]);
});

describe('uses nothing of', () => {
  test.each<[string, (response: Parameters<FakeRegistry['answer']>[0]) => void, RegExp, number]>([
    ['another file', (response) => response.end('evil'), /4 bytes with the digest sha512-.*expected sha512-/, 1],
    ['a file that ends too early', (response) => response.end(good.subarray(0, 100)), /100 bytes with the digest/, 1],
    ['an answer that is cut', (response) => cut(response), /failed: /, 3],
    ['a package that is not there', (response) => response.writeHead(404).end('none'), /answered 404/, 1],
    ['a registry that asks for a login', (response) => response.writeHead(401).end(), /answered 401/, 1],
    ['a file without end', (response) => endless(response), /more than 67108864 bytes/, 1],
  ])('%s, and says how to go on', async (_, answer, message, asked) => {
    registry.answer = answer;
    const error = await provide().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'not_installed', message: expect.stringMatching(message) });
    expect(String(error)).toContain(`npm package ${NAME}@1.0.0: let this machine reach a registry`);
    expect(registry.asked).toHaveLength(asked);
    expect(left()).toEqual([]);
  });
});

test('does not wait for a registry that never answers', async () => {
  registry.answer = () => undefined;
  await expect(provide({ timeout: 50 })).rejects.toThrow(/did not end within 0 s/);
});

test.each([
  ['a folder with the package’s files', 'there', 'there'],
  ['a folder with packages', `packages/${NAME}`, 'packages'],
  ['a folder that npm installed into', `project/node_modules/${NAME}`, 'project'],
])('takes %s without asking a registry', async (_, at, named) => {
  const folder = lay(at);
  expect(await provide({ preinstalled: join(directory, named) })).toBe(join(folder, 'duckdb.node'));
  expect(registry.asked).toEqual([]);
});

test('refuses a preinstalled package of another version, and says which is wanted', async () => {
  const preinstalled = lay('there', '0.9.0');
  const refused = provide({ preinstalled });
  await expect(refused).rejects.toThrow(`expected ${NAME}@1.0.0 in ${preinstalled}`);
  await expect(refused).rejects.toThrow(`${NAME}@0.9.0`);
});

test('names the platforms that there are where there is none for this', async () => {
  const native = provideNative({
    platform: { platform: 'freebsd', arch: 'x64', libc: null },
    preinstalled: null,
    cache: cache(),
    registry: { url: registry.url, token: null, timeout: 1000, wait: async () => undefined },
  });
  await expect(native).rejects.toThrow(
    /not built for freebsd-x64: there are builds for darwin-arm64, .*linux-x64-musl/,
  );
});

test('says so where the package can’t be kept', async () => {
  registry.answer = (response) => response.end(good);
  writeFileSync(cache(), 'a file');
  await expect(provide()).rejects.toMatchObject({ code: 'not_installed', message: /could not be kept/ });
});

test('gives a token to the registry alone', async () => {
  const other = await fakeRegistry();
  other.answer = (response) => response.end(good);
  registry.answer = (response) =>
    response.writeHead(302, { location: `${other.url.replace('127.0.0.1', 'localhost')}/elsewhere` }).end();
  await provide({ token: 'secret' });
  expect(registry.asked[0]?.headers.authorization).toBe('Bearer secret');
  expect(other.asked[0]?.headers.authorization).toBeUndefined();
  await other.close();
});

test('shows no credentials of a registry’s address', async () => {
  const url = 'http://ada:secret@127.0.0.1:9';
  const refused = provideNative({
    platform: LINUX,
    preinstalled: null,
    cache: cache(),
    wanted,
    registry: { url, token: null, timeout: 1000, wait: async () => undefined },
  });
  await expect(refused).rejects.toThrow(/NODE_AUTH_TOKEN/);
  await expect(refused).rejects.not.toThrow(/secret@/);
});

function cut(response: Parameters<FakeRegistry['answer']>[0]): void {
  response.writeHead(200, { 'content-length': good.length });
  response.write(good.subarray(0, 50), () => response.destroy());
}

function endless(response: Parameters<FakeRegistry['answer']>[0]): void {
  const chunk = Buffer.alloc(8 << 20);
  const more = (): void => {
    if (!response.destroyed) response.write(chunk, (error) => (error == null ? more() : undefined));
  };
  more();
}
