import { basename, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

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

/** Bundled CommonJS packages ask for Node's own modules in their own way. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * One file for each action, and what they share in chunks beside them: most of each is the artifact client, and nine
 * whole copies of it would weigh the repository down at every change.
 * @returns texts by file name
 */
export async function bundleActions(root: string, names: readonly string[]): Promise<Map<string, string>> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(names.map((name) => [name, `actions/${name}/main.ts`])),
    outdir: join(root, 'actions', 'dist'),
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: REQUIRE },
    minify: true,
    // Names of error classes reach people.
    keepNames: true,
    charset: 'utf8',
    legalComments: 'none',
    plugins: [englishOnly],
    write: false,
    logLevel: 'warning',
  });
  return new Map(result.outputFiles.map((file) => [basename(file.path), file.text]));
}
