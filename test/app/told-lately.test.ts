import { expect, test } from 'vitest';
import { toldLately } from '../../app/told-lately.ts';
import { FlowEvent } from '../../flows/events.ts';

const event = (body: string) =>
  FlowEvent.parse({
    ...{ kind: 'comment', id: 1, pullRequest: 2, sender: 'ada', digest: 'a'.repeat(64) },
    comment: {
      ...{ body, author: 'ada', authorType: 'User', authorId: 7 },
      ...{ createdAt: '2026-11-02T10:00:00Z', updatedAt: '2026-11-02T10:00:00Z' },
    },
  });
const at = (time: string): number => Date.parse(`2026-11-02T${time}Z`);

test('what a delivery said of a comment just now is taken as it is', () => {
  expect(toldLately(event('/train'), at('10:00:10'))).toEqual(event('/train'));
});

test('what it said a while ago is asked for again, as it may have been edited since', () => {
  const late = toldLately(event('/train'), at('10:00:11'));
  expect(late).not.toHaveProperty('comment');
  expect(late).toMatchObject({ id: 1, pullRequest: 2, digest: 'a'.repeat(64) });
});

test('a comment without a command is never asked for', () => {
  expect(toldLately(event('nice work'), at('12:00:00'))).toEqual(event('nice work'));
});
