import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { recordedDeliveries, signedMix } from '../../bench/recorded.ts';
import { createJudge } from '../conformance/judge.ts';

const recorded = recordedDeliveries();

test('every recorded delivery fits GitHub’s own description', () => {
  const judge = createJudge();
  expect(recorded.length).toBeGreaterThan(15);
  expect(recorded.flatMap(({ event, payload }) => judge.delivery({ event, payload }))).toEqual([]);
});

test('the mix holds each kind as often as the story caused it, over many pull requests, signed', () => {
  const mix = signedMix(recorded, 'secret');
  const share = (event: string) => mix.filter((one) => one.event === event).length / mix.length;
  const times = (event?: string) =>
    recorded.filter((one) => event === undefined || one.event === event).reduce((sum, one) => sum + one.times, 0);
  expect(share('issue_comment')).toBeCloseTo(times('issue_comment') / times(), 5);
  const comments = mix.filter(({ event }) => event === 'issue_comment');
  expect(new Set(comments.map(({ body }) => /"number":(\d+)/.exec(body.toString())?.[1])).size).toBe(comments.length);
  for (const { body, signature } of mix.slice(0, 20))
    expect(signature).toBe(`sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}`);
});
