import { basename, join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** zod's messages in forty languages would be a sixth of each bundle. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup(setup) {
    setup.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    }));
  },
};

/** DuckDB's native library is far too large for a bundle: the worker is told where it lies. */
const nativeElsewhere: Plugin = {
  name: 'native-elsewhere',
  setup(setup) {
    setup.onResolve({ filter: /^@duckdb\/node-bindings$/ }, () => ({
      path: join(import.meta.dirname, '../adapters/duckdb/worker/native.ts'),
    }));
  },
};

/** No action asks for an OpenID token, and the client for that brings an HTTP stack which is half of an action's start. */
const withoutIdTokens: Plugin = {
  name: 'without-id-tokens',
  setup(setup) {
    setup.onLoad({ filter: /[\\/]@actions[\\/]core[\\/]lib[\\/]oidc-utils\.js$/ }, () => ({
      contents: "export class OidcClient { static getIDToken() { throw new Error('no action asks for tokens'); } }",
      loader: 'js',
    }));
  },
};

/** Bundled CommonJS packages ask for Node's own modules in their own way. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Programs that actions start as processes of their own: nothing of theirs is shared with the actions' chunks. */
const PROGRAMS = {
  'duckdb-worker': 'adapters/duckdb/worker/main.ts',
  'data-converter': 'adapters/data-sources/worker/main.ts',
};

/**
 * One file for each action, and what they share in chunks beside them: most of each is the artifact client, and nine
 * whole copies of it would weigh the repository down at every change.
 * @returns texts by file name
 */
export async function bundleActions(root: string, names: readonly string[]): Promise<Map<string, string>> {
  const actions = Object.fromEntries(names.map((name) => [name, `actions/${name}/main.ts`]));
  return new Map([...(await bundled(root, actions, true)), ...(await bundlePrograms(root))]);
}

/** The programs alone. @returns texts by file name */
export function bundlePrograms(root: string): Promise<Map<string, string>> {
  return bundled(root, PROGRAMS, false);
}

async function bundled(
  root: string,
  entryPoints: Readonly<Record<string, string>>,
  splitting: boolean,
): Promise<Map<string, string>> {
  const options: BuildOptions & { write: false } = {
    absWorkingDir: root,
    entryPoints,
    outdir: join(root, 'actions', 'dist'),
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: REQUIRE },
    minify: true,
    // Names of error classes reach people.
    keepNames: true,
    charset: 'utf8',
    legalComments: 'none',
    plugins: [englishOnly, nativeElsewhere, withoutIdTokens],
    write: false,
    logLevel: 'warning',
  };
  const { outputFiles } = await build(options);
  return new Map(outputFiles.map((file) => [basename(file.path), file.text]));
}
