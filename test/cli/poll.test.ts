import { expect, test } from 'vitest';
import type { CliEnvironment } from '../../cli/command.ts';
import { poll } from '../../cli/poll.ts';
import { PortError } from '../../flows/ports.ts';

function environment(): CliEnvironment {
  let now = 0;
  return {
    directory: '/',
    variables: {},
    out() {},
    err() {},
    now: () => new Date(now),
    randomBytes: (count) => new Uint8Array(count),
    input: async () => new Uint8Array(),
    async sleep(milliseconds) {
      now += milliseconds;
    },
  };
}

const patience = { seconds: 3, every: 1000, late: 'too late' };

test('looks until something is there', async () => {
  const found = [null, null, 'there'];
  expect(await poll(environment(), patience, async () => found.shift() ?? null)).toBe('there');
});

test('bears with a GitHub that is away for a while', async () => {
  const looks = [() => Promise.reject(new PortError('unavailable', 'not now')), async () => 'there'];
  expect(await poll(environment(), patience, async () => looks.shift()?.() ?? null)).toBe('there');
});

test('gives up when the time is up, and keeps what went wrong last', async () => {
  const away = new PortError('rate_limited', 'slowly');
  const looked = poll(environment(), patience, () => Promise.reject(away));
  await expect(looked).rejects.toMatchObject({ code: 'timed_out', message: 'too late', cause: away });
});

test('does not look again after a failure that waiting does not mend', async () => {
  const looked = poll(environment(), patience, () => Promise.reject(new PortError('forbidden', 'not yours')));
  await expect(looked).rejects.toMatchObject({ code: 'forbidden' });
});
