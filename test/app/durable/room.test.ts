import { expect, test } from 'vitest';
import { Arrival } from '../../../app/durable/arrival.ts';
import { comeback, roomFor } from '../../../app/durable/room.ts';

test('there is room for so many, and again for each that leaves', () => {
  const room = roomFor(2);
  const [leave, second] = [room.enter(), room.enter()];
  expect([leave === null, second === null, room.enter()]).toEqual([false, false, null]);
  leave?.();
  expect(room.enter()).not.toBeNull();
  expect(room.enter()).toBeNull();
});

test.each([
  [{ kind: 'timer' }, 'timer-flights/delay-7', 'timer-flights/delay-7~1', 'timer-flights/delay~1'],
  [{ kind: 'timer' }, 'timer-flights/delay-7~1', 'timer-flights/delay-7~2', 'timer-flights/delay~0'],
  [
    { kind: 'progress', run: '01JZZZZZZZZZZZZZZZZZZZZZZZ' },
    'progress-01JZZZZZZZZZZZZZZZZZZZZZZZ-5',
    'progress-01JZZZZZZZZZZZZZZZZZZZZZZZ-5~1',
    'progress-01JZZZZZZZZZZZZZZZZZZZZZZZ~1',
  ],
])(
  'what finds none comes again under an id and a key that the one before does not hold: %j, %s',
  (event, id, next, key) => {
    const arrival = Arrival.parse({ repository: 'flights/delay', installation: 1, event });
    expect(comeback(id, arrival)).toEqual({ id: next, delay: 5, collapse: key });
  },
);
