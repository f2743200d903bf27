import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRouter, type Route } from '../../../local/http/router.ts';
import { apiRoutes, uploadRoutes } from '../../../local/http/routes.ts';

const route = (method: Route['method'], path: string): Route => ({
  method,
  path,
  access: 'public',
  handle: () => ({ status: 200 }),
});

const match = createRouter([
  route('GET', '/repos/{owner}/{repo}/commits/{ref}'),
  route('GET', '/repos/{owner}/{repo}/commits/{ref}/check-runs'),
  route('GET', '/repos/{owner}/{repo}/contents/{path}'),
  route('GET', '/repos/{owner}/{repo}/compare/{basehead}'),
  route('GET', '/repos/{owner}/{repo}/issues/comments/{comment_id}'),
  route('GET', '/repos/{owner}/{repo}/issues/{issue_number}/comments'),
]);

describe('a path', () => {
  test.each([
    ['/repos/a/b/commits/main', '/repos/{owner}/{repo}/commits/{ref}', { ref: 'main' }],
    ['/repos/a/b/commits/feature/x', '/repos/{owner}/{repo}/commits/{ref}', { ref: 'feature/x' }],
    [
      '/repos/a/b/commits/feature%2Fx/check-runs',
      '/repos/{owner}/{repo}/commits/{ref}/check-runs',
      { ref: 'feature/x' },
    ],
    ['/repos/a/b/commits/feature/x/check-runs', '/repos/{owner}/{repo}/commits/{ref}/check-runs', { ref: 'feature/x' }],
    ['/repos/a/b/contents/', '/repos/{owner}/{repo}/contents/{path}', { path: '' }],
    ['/repos/a/b/contents', '/repos/{owner}/{repo}/contents/{path}', { path: '' }],
    ['/repos/a/b/contents/x/y%20z.txt', '/repos/{owner}/{repo}/contents/{path}', { path: 'x/y z.txt' }],
    ['/repos/a/b/compare/main...o:f/x', '/repos/{owner}/{repo}/compare/{basehead}', { basehead: 'main...o:f/x' }],
    ['/repos/a/b/issues/comments/7', '/repos/{owner}/{repo}/issues/comments/{comment_id}', { comment_id: '7' }],
    ['/repos/a/b/issues/7/comments', '/repos/{owner}/{repo}/issues/{issue_number}/comments', { issue_number: '7' }],
  ])('%s is answered by %s', (path, template, params) => {
    const found = match('GET', path);
    expect(found?.route.path).toBe(template);
    expect(found?.params).toEqual({ owner: 'a', repo: 'b', ...params });
  });

  test.each([
    '/repos/a/b',
    '/repos/a/b/commits/',
    '/repos/a/b/compare/%E0%A4%A',
    '//a/b/commits/x',
    '/repos/a/b/commits',
  ])('%s is answered by nothing', (path) => {
    expect(match('GET', path)).toBeUndefined();
  });

  test('with another method is answered by nothing', () => {
    expect(match('POST', '/repos/a/b/commits/main')).toBeUndefined();
  });

  test('of any bytes never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (path) => void match('GET', `/repos/${path}`)));
  });
});

describe('the routes of the server', () => {
  test('are distinct', () => {
    const names = apiRoutes.map((one) => `${one.method} ${one.path}`);
    expect(names.length).toBe(new Set(names).size);
  });

  test('that write ask for a token', () => {
    const open = [...apiRoutes, ...uploadRoutes].filter((one) => one.method !== 'GET' && one.access === 'public');
    expect(open).toEqual([]);
  });

  test('with a permission name a repository', () => {
    const wrong = apiRoutes.filter(
      (one) => typeof one.access === 'object' && !one.path.startsWith('/repos/{owner}/{repo}'),
    );
    expect(wrong.map((one) => one.path)).toEqual([]);
  });
});
