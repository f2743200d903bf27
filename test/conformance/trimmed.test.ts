import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { apiRoutes, uploadRoutes } from '../../local/http/routes.ts';
import { createJudge } from './judge.ts';

const text = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8');
const listed: { operations: string[]; events: string[] } = JSON.parse(text('operations.json'));

test('the trimmed description holds exactly what operations.json lists', () => {
  const api: { operations: { method: string; path: string }[] } = JSON.parse(text('github.api.json'));
  expect(api.operations.map(({ method, path }) => `${method} ${path}`)).toEqual(listed.operations);
  const webhooks: { events: object } = JSON.parse(text('github.webhooks.json'));
  expect(Object.keys(webhooks.events)).toEqual(listed.events);
});

test('operations.json lists what the local GitHub answers, no more and no less (after a change: npm run openapi:trim)', () => {
  const unnamed = (operation: string): string => operation.replaceAll(/\{\w+\}/g, '{}');
  const answered = [...apiRoutes, ...uploadRoutes].map(({ method, path }) => unnamed(`${method} ${path}`));
  expect([...new Set(answered)].sort()).toEqual(listed.operations.map(unnamed).sort());
});

test('each file names the package and version that it comes from', () => {
  expect(text('github.api.json')).toMatch(/^\{"source":"@octokit\/openapi@\d+\.\d+\.\d+"/);
  expect(text('github.webhooks.json')).toMatch(/^\{"source":"@octokit\/openapi-webhooks@\d+\.\d+\.\d+"/);
});

test('no "nullable" is left, which validators would ignore', () => {
  expect(text('github.api.json')).not.toContain('"nullable":');
});

test('the schema of every event compiles', () => {
  const judge = createJudge();
  for (const event of listed.events) {
    const [name = '', action] = event.split('.');
    expect(judge.delivery({ event: name, action, payload: 'no object' }), event).not.toEqual([]);
  }
});

test('the schemas of every operation compile', () => {
  const judge = createJudge();
  for (const operation of listed.operations) {
    const [method = '', template = ''] = operation.split(' ');
    const path = template.replaceAll(/\{\w+\}/g, 'x');
    const api = { method, path, query: new URLSearchParams(), requestBody: { unheard: 1 }, responseBody: 'text' };
    for (const status of [200, 201, 202, 302]) judge.exchange({ ...api, status });
  }
});
