import type { WorkflowStatus } from '@dbos-inc/dbos-sdk';
import { describe, expect, test } from 'vitest';
import { dueAgain } from '../../../app/durable/failures.ts';

const NOW = 10_000_000;
const comment = { kind: 'comment', id: 1, pullRequest: 2, sender: 'ada' };

function failed(id: string, seconds: number, event: object = comment): WorkflowStatus {
  return {
    workflowID: id,
    status: 'ERROR',
    workflowName: 'handle-delivery',
    workflowClassName: '',
    input: [{ repository: 'flights/delay', installation: 1, event }],
    createdAt: 0,
    updatedAt: NOW - seconds * 1000,
    priority: 0,
    queuePartitionKey: 'flights/delay#2',
  };
}

describe('a failed delivery', () => {
  test.each([
    ['guid-1', 61, 'guid-1~1'],
    ['guid-1', 59, undefined],
    ['guid-1~1', 241, 'guid-1~2'],
    ['guid-1~1', 239, undefined],
    ['guid-1~2', 961, 'guid-1~3'],
    ['guid-1~3', 100_000, undefined],
  ])('%s, %i seconds later, is handled again as %s', (id, seconds, again) => {
    const due = dueAgain([failed(id, seconds)], NOW);
    expect(due.map((one) => one.id)).toEqual(again === undefined ? [] : [again]);
  });

  test('keeps its lane and its event', () => {
    expect(dueAgain([failed('guid', 61)], NOW)).toEqual([
      {
        id: 'guid~1',
        lane: 'flights/delay#2',
        arrival: { repository: 'flights/delay', installation: 1, event: comment },
      },
    ]);
  });

  test('is let go when it comes again by itself, or can not be read', () => {
    expect(dueAgain([failed('a', 61, { kind: 'timer' }), failed('b', 61, { kind: 'other' })], NOW)).toEqual([]);
  });
});
