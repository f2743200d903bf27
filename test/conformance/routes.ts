/** What `scripts/trim-openapi.ts` writes of one operation. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, { readonly required: boolean; readonly schema: object }>>;
  readonly body?: object;
  /** The request body is described in another media type than JSON. */
  readonly rawBody?: boolean;
  readonly bodyRequired: boolean;
  readonly responses: Readonly<Record<string, { readonly schema?: object; readonly raw?: boolean }>>;
}

export interface Route {
  readonly operation: Operation;
  readonly index: number;
  readonly pattern: RegExp;
}

/** Parameters whose values hold slashes on github.com: branch and tag names, paths of files. */
const WITH_SLASHES = new Set(['ref', 'path', 'branch', 'tag', 'basehead']);

function pattern(path: string): RegExp {
  const segments = path.slice(1).split('/');
  const source = segments.map((segment) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined) return `/${segment.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')}`;
    if (name === 'path') return '(?:/.*)?'; // the root of the contents API is an empty path
    return WITH_SLASHES.has(name) ? '/.+' : '/[^/]+';
  });
  return new RegExp(`^${source.join('')}$`);
}

function literals(path: string): number {
  return path.split('/').filter((segment) => segment !== '' && !segment.startsWith('{')).length;
}

/**
 * A finder of operations by method and path (after `/api/v3`, no query). Where several templates fit, the one with the
 * most literal segments wins, so `/commits/a/b/check-runs` is the check runs of `a/b` and not a commit.
 */
export function createRoutes(operations: readonly Operation[]): (method: string, path: string) => Route | undefined {
  const routes = operations.map((operation, index) => ({ operation, index, pattern: pattern(operation.path) }));
  routes.sort((a, b) => literals(b.operation.path) - literals(a.operation.path));
  return (method, path) => routes.find((route) => route.operation.method === method && route.pattern.test(path));
}
