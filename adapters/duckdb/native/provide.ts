import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { DataEngineError } from '../../../flows/check-data/ports.ts';
import { downloadPackage, type Registry } from './download.ts';
import { type NativePackage, nativePackage, nativePackages, type Platform, targetOf } from './packages.ts';
import { unpackPackage } from './unpack.ts';

export const PUBLIC_REGISTRY = 'https://registry.npmjs.org';

export interface NativeOptions {
  readonly platform: Platform;
  /** A folder of this machine that holds the package's files, or packages as npm installs them; null for none. */
  readonly preinstalled: string | null;
  /** Where packages are kept from one job to the next; made where it is missing. */
  readonly cache: string;
  readonly registry: Registry;
  /** The platform's by default. */
  readonly wanted?: NativePackage;
}

const LIBRARY = 'duckdb.node';

/**
 * The path of DuckDB's native library for this platform: preinstalled, else from the cache, else from the registry into
 * the cache.
 * @throws DataEngineError `not_installed`, with what to do
 */
export async function provideNative(options: NativeOptions): Promise<string> {
  const { platform, preinstalled, cache } = options;
  const wanted = options.wanted ?? nativePackage(platform);
  if (wanted === null) throw failure(`DuckDB is not built for ${targetOf(platform)}: ${buildsOf()}`);
  if (preinstalled !== null) return fromFolder(preinstalled, wanted);
  const place = join(cache, 'trainyard-duckdb', wanted.version, targetOf(platform));
  if ((await foundIn(place, wanted)) !== null) await install(place, wanted, options);
  return join(place, LIBRARY);
}

async function fromFolder(folder: string, wanted: NativePackage): Promise<string> {
  const places = [folder, join(folder, wanted.name), join(folder, 'node_modules', wanted.name)].map((at) =>
    resolve(at),
  );
  const found = [];
  for (const place of places) {
    const what = await foundIn(place, wanted);
    if (what === null) return join(place, LIBRARY);
    found.push(`${place}: ${what}`);
  }
  throw failure(`expected ${wanted.name}@${wanted.version} in ${folder}, found it in none of\n${found.join('\n')}`);
}

const Manifest = z.object({ name: z.string(), version: z.string() });

/** Null where the package is there; else what is there instead. */
async function foundIn(place: string, wanted: NativePackage): Promise<string | null> {
  const text = await readFile(join(place, 'package.json'), 'utf8').catch(() => null);
  if (text === null) return 'no package';
  const manifest = readManifest(text);
  if (manifest === null) return 'a package.json that is none';
  if (manifest.name !== wanted.name || manifest.version !== wanted.version)
    return `${manifest.name}@${manifest.version}`.slice(0, 200);
  const library = await stat(join(place, LIBRARY)).catch(() => null);
  return library?.isFile() === true ? null : `a package without ${LIBRARY}`;
}

function readManifest(text: string): z.infer<typeof Manifest> | null {
  try {
    return Manifest.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Whole or not at all: another job may install the same at the same time, and may be killed in between. */
async function install(place: string, wanted: NativePackage, { registry }: NativeOptions): Promise<void> {
  const tarball = await downloadPackage(wanted, registry).catch((error: unknown) => {
    if (!(error instanceof DataEngineError)) throw error;
    throw failure(`${error.message}. ${howTo(wanted)}`, error);
  });
  try {
    await mkdir(dirname(place), { recursive: true });
    const fresh = await mkdtemp(`${place}-`);
    try {
      // A fresh folder is its maker's alone, and jobs may run as different users.
      await chmod(fresh, 0o755);
      await unpackPackage(tarball, fresh);
      const lacking = await foundIn(fresh, wanted);
      if (lacking !== null) throw failure(`the package with DuckDB’s native library holds ${lacking}`);
      await moveTo(place, fresh, wanted);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof DataEngineError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw failure(`DuckDB’s native library could not be kept in ${dirname(place)}: ${why}. ${howTo(wanted)}`, error);
  }
}

/** Nothing that is whole is ever taken away: another job may have put it there a moment ago. */
async function moveTo(place: string, fresh: string, wanted: NativePackage): Promise<void> {
  if ((await renamed(fresh, place)) === null || (await foundIn(place, wanted)) === null) return;
  // What is there and is not the package is what a full disk or a person left.
  const aside = `${fresh}-old`;
  await renamed(place, aside);
  const failed = await renamed(fresh, place);
  await rm(aside, { recursive: true, force: true });
  if (failed !== null && (await foundIn(place, wanted)) !== null) throw failed;
}

/** Null where it worked. */
async function renamed(from: string, to: string): Promise<unknown> {
  return rename(from, to).then(
    () => null,
    (error: unknown) => error,
  );
}

function howTo({ name, version }: NativePackage): string {
  return `DuckDB’s native library is the npm package ${name}@${version}: let this machine reach a registry (another one by the input \`registry\` or the variable npm_config_registry), or put the unpacked package on it and name its folder in the input \`duckdb\` or the variable TRAINYARD_DUCKDB`;
}

function buildsOf(): string {
  const targets = nativePackages().map(({ name }) => name.replace('@duckdb/node-bindings-', ''));
  return `there are builds for ${targets.join(', ')}; run this job on one of them`;
}

function failure(message: string, cause?: unknown): DataEngineError {
  return new DataEngineError('not_installed', message, { cause });
}
