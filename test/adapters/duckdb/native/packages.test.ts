import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DUCKDB_VERSION, nativePackage, nativePackages } from '../../../../adapters/duckdb/native/packages.ts';

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../../../package-lock.json'), 'utf8')).packages;

test('every package is the one that the lock file pins, and none is left out', () => {
  const locked = Object.keys(lock).filter((path) => path.startsWith('node_modules/@duckdb/node-bindings-'));
  expect(
    nativePackages()
      .map(({ name }) => `node_modules/${name}`)
      .sort(),
  ).toEqual(locked.sort());
  for (const { name, version, integrity } of nativePackages())
    expect(lock[`node_modules/${name}`]).toMatchObject({ version, integrity });
});

test('the JavaScript in the bundle is of the same version', () => {
  expect(lock['node_modules/@duckdb/node-api'].version).toBe(DUCKDB_VERSION);
});

test.each([
  ['linux', 'x64', 'glibc', 'linux-x64'],
  ['linux', 'x64', 'musl', 'linux-x64-musl'],
  ['linux', 'arm64', 'glibc', 'linux-arm64'],
  ['darwin', 'arm64', null, 'darwin-arm64'],
  ['win32', 'x64', null, 'win32-x64'],
] as const)('%s on %s with %s takes %s', (platform, arch, libc, target) => {
  expect(nativePackage({ platform, arch, libc })?.name).toBe(`@duckdb/node-bindings-${target}`);
});

test.each([
  ['linux', 'riscv64', 'glibc'],
  ['__proto__', 'x', null],
] as const)('there is none for %s on %s', (platform, arch, libc) => {
  expect(nativePackage({ platform, arch, libc })).toBeNull();
});
