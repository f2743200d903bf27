import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorld, type World } from '../world.ts';

// These requests break GitHub's description on purpose, so the judge is not asked about them.
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const annotation = { path: 'a', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'm' };
const output = { title: 't', summary: 's' };
const action = { label: 'l', description: 'd', identifier: 'i' };

test.each<[string, Record<string, unknown>]>([
  ['51 annotations', { output: { ...output, annotations: Array.from({ length: 51 }, () => annotation) } }],
  ['a summary of 65,536 characters', { output: { ...output, summary: 'x'.repeat(65_536) } }],
  ['a text of 65,536 characters', { output: { ...output, text: 'x'.repeat(65_536) } }],
  ['an output without summary', { output: { title: 't' } }],
  [
    'an annotation that ends before it starts',
    { output: { ...output, annotations: [{ ...annotation, start_line: 3, end_line: 2 }] } },
  ],
  [
    'columns over several lines',
    { output: { ...output, annotations: [{ ...annotation, end_line: 2, start_column: 1 }] } },
  ],
  [
    'an annotation of an unknown level',
    { output: { ...output, annotations: [{ ...annotation, annotation_level: 'error' }] } },
  ],
  [
    'an annotation message over 64 KB',
    { output: { ...output, annotations: [{ ...annotation, message: 'é'.repeat(32_769) }] } },
  ],
  [
    'an annotation title over 255 characters',
    { output: { ...output, annotations: [{ ...annotation, title: 'x'.repeat(256) }] } },
  ],
  ['four actions', { actions: [action, action, action, action] }],
  ['a label of 21 characters', { actions: [{ ...action, label: 'x'.repeat(21) }] }],
  ['a description of 41 characters', { actions: [{ ...action, description: 'x'.repeat(41) }] }],
  ['an identifier of 21 characters', { actions: [{ ...action, identifier: 'x'.repeat(21) }] }],
  ['a status that only GitHub sets', { status: 'waiting' }],
  ['the conclusion stale', { conclusion: 'stale' }],
  ['an unknown conclusion', { conclusion: 'fine' }],
  ['an address that is no web address', { details_url: 'javascript:alert(1)' }],
])('a check run with %s is refused with 422', async (_, more) => {
  const response = await fetch(`${world.github.urls.api}/repos/acme/flights/check-runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.app.token}` },
    body: JSON.stringify({ name: 'n', head_sha: world.main, ...more }),
  });
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({ status: '422', message: expect.any(String) });
});
