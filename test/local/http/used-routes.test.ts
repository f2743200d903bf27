import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Octokit } from 'octokit';
import { expect, test } from 'vitest';
import { actionsRoutes } from '../../../local/actions/routes.ts';
import type { Route } from '../../../local/http/router.ts';
import { apiRoutes, uploadRoutes } from '../../../local/http/routes.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const FOLDERS = ['adapters', 'app', 'actions', 'cli', 'flows', 'scripts', 'test'];
const self = 'used-routes.test.ts';
/** What is used where no source names it whole, and by whom. */
const ELSEWHERE: readonly string[] = [
  // The page builds its addresses from a repository's.
  'GET /repos/{}/{}/actions/jobs/{}/logs',
  // Buttons of GitHub's own page, which a person may press on any run of ours.
  'POST /repos/{}/{}/actions/runs/{}/rerun',
  'POST /repos/{}/{}/actions/runs/{}/rerun-failed-jobs',
];

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== self)
    .filter((entry) => !entry.parentPath.includes(`${join('actions', 'dist')}`))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

const normal = (method: string, path: string): string => `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`;

/** The operation behind `octokit.rest.git.createRef`, as octokit itself would send it. */
function operationOf(octokit: Octokit, scope: string, name: string): string | undefined {
  const methods: unknown = Reflect.get(octokit.rest, scope);
  const method: unknown = typeof methods === 'object' && methods !== null ? Reflect.get(methods, name) : undefined;
  if (typeof method !== 'function' || !('endpoint' in method)) return undefined;
  const { DEFAULTS } = method.endpoint as { DEFAULTS: { method: string; url: string } };
  return normal(DEFAULTS.method, DEFAULTS.url.replace(/\{\?[^}]*\}$/, ''));
}

/** The text with the constants of its file that hold a path put in where it names them, and `{}` for all else. */
function withPaths(text: string): string {
  const known = new Map(
    [...text.matchAll(/const (\w+) = [`']([^`'\n]*)[`'];/g)].map(([, name = '', path = '']) => [name, path]),
  );
  return text.replaceAll(/\$\{([^{}]*)\}/g, (_, name: string) => known.get(name) ?? '{}');
}

/** Operations that these sources name, through octokit or by their path. */
function operationsIn(texts: readonly string[]): Set<string> {
  const octokit = new Octokit();
  const used = new Set<string>();
  for (const text of texts.map(withPaths)) {
    for (const [, scope = '', name = ''] of text.matchAll(/rest\s*\.(\w+)\s*\.(\w+)/g)) {
      const operation = operationOf(octokit, scope, name);
      if (operation !== undefined) used.add(operation);
    }
    for (const [, method = '', path = ''] of text.matchAll(/['"`](GET|POST|PUT|PATCH|DELETE) (\/[^'"`?]*)/g)) {
      used.add(normal(method, path));
    }
  }
  return used;
}

const unused = (routes: readonly Route[], used: ReadonlySet<string>): string[] =>
  routes
    .map(({ method, path }) => `${method} ${path}`)
    .filter((name) => !used.has(name.replaceAll(/\{[^}]*\}/g, '{}')));

test('every endpoint of the local GitHub is used by something outside it', () => {
  // The tests of the Actions service call its endpoints by plain paths: for them see below.
  const routes = [...apiRoutes, ...uploadRoutes].filter((route) => !actionsRoutes.includes(route));
  expect(unused(routes, operationsIn(FOLDERS.flatMap(sources)))).toEqual([]);
});

test('every endpoint of Actions is used by the product, its end-to-end tests or the page', () => {
  const product = FOLDERS.filter((folder) => folder !== 'test').flatMap(sources);
  const used = operationsIn([...product, ...sources('test/end-to-end'), ...sources('test/adapters')]);
  expect(unused(actionsRoutes, new Set([...used, ...ELSEWHERE]))).toEqual([]);
});
