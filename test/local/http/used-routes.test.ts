import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Octokit } from 'octokit';
import { expect, test } from 'vitest';
import { actionsRoutes } from '../../../local/actions/routes.ts';
import { apiRoutes, uploadRoutes } from '../../../local/http/routes.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const FOLDERS = ['adapters', 'app', 'actions', 'cli', 'flows', 'scripts', 'test'];
const self = 'used-routes.test.ts';

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

/** Operations that the code outside `local/` names, through octokit or by their path. */
function usedOperations(): Set<string> {
  const octokit = new Octokit();
  const used = new Set<string>();
  for (const text of FOLDERS.flatMap(sources)) {
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

test('every endpoint of the local GitHub is used by something outside it', () => {
  const used = usedOperations();
  const unused = [...apiRoutes, ...uploadRoutes]
    // The tests of the Actions service call its endpoints by plain paths.
    .filter((route) => !actionsRoutes.includes(route))
    .map((route) => ({ route, name: normal(route.method, route.path) }))
    .filter(({ name }) => !used.has(name));
  expect(unused.map(({ route }) => `${route.method} ${route.path}`)).toEqual([]);
});
