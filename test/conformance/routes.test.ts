import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRoutes, type Operation } from './routes.ts';

const { operations }: { operations: Operation[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'github.api.json'), 'utf8'),
);
const find = createRoutes(operations);
const repo = '/repos/acme/flights';

test.each([
  [`${repo}/commits/main`, '/commits/{ref}'],
  [`${repo}/commits/feature/a/b`, '/commits/{ref}'],
  [`${repo}/commits/feature/a/check-runs`, '/commits/{ref}/check-runs'],
  [`${repo}/commits/abc/pulls`, '/commits/{commit_sha}/pulls'],
  [`${repo}/contents/`, '/contents/{path}'],
  [`${repo}/contents`, '/contents/{path}'],
  [`${repo}/contents/.github/trainyard.yml`, '/contents/{path}'],
  [`${repo}/git/ref/trainyard/ledger`, '/git/ref/{ref}'],
  [`${repo}/git/matching-refs/trainyard/`, '/git/matching-refs/{ref}'],
  [`${repo}/compare/main...feature/a`, '/compare/{basehead}'],
  [`${repo}/releases/latest`, '/releases/latest'],
  [`${repo}/releases/7`, '/releases/{release_id}'],
  [`${repo}/releases/tags/flight-delay@v1.0.0`, '/releases/tags/{tag}'],
  [`${repo}/issues/comments`, '/issues/comments'],
  [`${repo}/issues/3/comments`, '/issues/{issue_number}/comments'],
  [`${repo}/actions/artifacts/3/zip`, '/actions/artifacts/{artifact_id}/{archive_format}'],
])('GET %s is %s', (path, expected) => {
  expect(find('GET', path)?.operation.path.replace('/repos/{owner}/{repo}', '')).toBe(expected);
});

test('a path with a segment too many is not found', () => {
  expect(find('GET', `${repo}/issues/3/comments/4/5`)).toBeUndefined();
});

test('the method decides', () => {
  expect(find('DELETE', `${repo}/issues/3`)).toBeUndefined();
});
