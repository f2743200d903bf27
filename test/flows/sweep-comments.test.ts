import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sha256Hex } from '../../core/canonical.ts';
import { Instant } from '../../core/names.ts';
import { handleComment, noteChangedComment } from '../../flows/comment.ts';
import type { Comment, Ports } from '../../flows/ports.ts';
import { sweepComments } from '../../flows/sweep-comments.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { makeKey } from '../core/samples.ts';
import { flowPorts } from './ports.ts';

const key = makeKey();
const START = Date.parse('2026-11-02T10:00:00Z');

let world: World;
let now: number;
let ports: Ports;
let comments: Comment[];
/** Comments that we have reacted to. */
let reacted: number[];
let asked: string[];

beforeAll(async () => {
  world = await startWorld();
  await world.commit('main', { 'README.md': 'hello\n' });
});
afterAll(() => world.close());
beforeEach(async () => {
  now = START;
  comments = [];
  reacted = [];
  asked = [];
  const made = flowPorts(world, key, { clock: { now: () => new Date(now) } });
  ports = {
    ...made,
    comments: {
      ...made.comments,
      get: async (id) => comments.find((one) => one.id === id) ?? null,
      react: async () => {},
    },
    turns: { take: async (_key, action) => action() },
    sweeps: {
      ...made.sweeps,
      async commentsSince(at) {
        asked.push(at);
        return { comments: comments.filter(({ updatedAt }) => updatedAt >= at), complete: true };
      },
      hasReacted: async (id) => reacted.includes(id),
    },
  };
  await sweepComments(ports);
});

const instant = (seconds: number): Instant =>
  Instant.parse(`${new Date(START + seconds * 1000).toISOString().slice(0, 19)}Z`);

function written(id: number, seconds: number, change: Partial<Comment> = {}): Comment {
  const at = instant(seconds);
  const by = { author: 'bot[bot]', authorType: 'Bot', authorId: 1 } as const;
  return { id, pullRequest: 1, body: '/help', ...by, createdAt: at, updatedAt: at, ...change };
}

/** What a sweep finds so many seconds after the memory began. */
async function sweep(seconds: number): Promise<readonly number[]> {
  now = START + seconds * 1000;
  const done = await sweepComments(ports);
  return done.map((words) => Number(/comment (\d+)/.exec(words)?.[1]));
}

test('a comment that nobody told of is handled, once', async () => {
  comments.push(written(1, 10));
  expect(await sweep(300)).toEqual([1]);
  expect(await ports.inFlight.progress('comment 1')).not.toBeNull();
  expect(await sweep(600)).toEqual([]);
});

test('a comment whose delivery may still be on its way is left for the next look', async () => {
  comments.push(written(1, 290));
  expect(await sweep(300)).toEqual([]);
  expect(await sweep(600)).toEqual([1]);
});

test.each<[string, Partial<Comment>]>([
  ['that was edited', { updatedAt: instant(11) }],
  ['from before our memory', { createdAt: instant(-10), updatedAt: instant(-10) }],
  ['on an issue', { pullRequest: null }],
  ['of our own', { author: 'trainyard[bot]' }],
  ['without a command', { body: 'Looks good' }],
])('a comment %s is left alone', async (_what, change) => {
  comments.push(written(1, 10, change));
  expect(await sweep(300)).toEqual([]);
});

test('a comment that we have reacted to was read before our memory began', async () => {
  comments.push(written(1, 10));
  reacted.push(1);
  expect(await sweep(300)).toEqual([]);
});

test('a comment of which an edit was told is left alone, though it shows none', async () => {
  comments.push(written(1, 10));
  await noteChangedComment(ports, { id: 1, change: 'edited' });
  expect(await sweep(300)).toEqual([]);
});

test('a comment that was begun and never ended is taken up again after an hour', async () => {
  comments.push(written(1, 10));
  now = START + 20_000;
  const dies: Ports = {
    ...ports,
    steps: { run: (name, action) => (name === 'read' ? action() : Promise.reject(new Error('died'))) },
  };
  const { id, pullRequest, ...comment } = written(1, 10);
  const told = { id, pullRequest: pullRequest ?? 0, comment, digest: sha256Hex(comment.body) };
  await expect(handleComment(dies, told)).rejects.toThrow('died');
  reacted.push(1);
  expect(await sweep(300)).toEqual([]);
  // The next looks begin where the last one ended, but for what has not ended.
  expect(await sweep(4000)).toEqual([1]);
});

test('a look begins where the last one ended, and no further back than three days', async () => {
  await sweep(300);
  await sweep(600);
  await sweep(10 * 86_400);
  expect(asked).toEqual([instant(0), instant(180), instant(7 * 86_400)]);
});
