import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AppWorld, commentPayload, deliver, startAppWorld } from './world.ts';

let world: AppWorld;
let marks: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  world = await startAppWorld();
  marks = join(world.github.dataDir, 'marks');
});
afterAll(async () => {
  for (const child of children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await world.close();
});

async function start(hang: 'yes' | 'no'): Promise<{ child: ChildProcess; webhooks: string }> {
  const { config } = world;
  const child = spawn(process.execPath, [join(import.meta.dirname, 'killed-app.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      NODE_NO_WARNINGS: '1',
      APP_ID: String(config.appId),
      PRIVATE_KEY: config.privateKey,
      WEBHOOK_SECRET: config.webhookSecret,
      GITHUB_API_URL: config.githubUrl,
      TRAINYARD_SIGNING_KEY: config.signingKey,
      TRAINYARD_DATA_DIR: config.dataDir,
      PORT: '0',
      MARKS: marks,
      HANG: hang,
    },
  });
  children.push(child);
  const [line] = await once(createInterface({ input: child.stdout ?? process.stdin }), 'line');
  return { child, webhooks: JSON.parse(line).webhooks };
}

const read = () => {
  try {
    return readFileSync(marks, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
};

describe('an App that is killed in the middle of a flow', () => {
  test('finishes it after the restart, without a finished step run again, then drains when asked to end', async () => {
    const first = await start('yes');
    const delivery = {
      id: 'killed-in-two',
      event: 'issue_comment',
      payload: commentPayload(world, { id: 1, pullRequest: 1 }),
    };
    expect((await deliver(first.webhooks, delivery)).status).toBe(202);
    await vi.waitFor(() => expect(read()).toEqual(['1 one', '1 two']), { timeout: 15_000, interval: 20 });
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const second = await start('no');
    await vi.waitFor(() => expect(read()).toContain('1 done'), { timeout: 15_000, interval: 20 });
    expect(read()).toEqual(['1 one', '1 two', '1 two', '1 three', '1 four', '1 done']);

    // GitHub delivers again what was not answered: it was handled already.
    expect((await deliver(second.webhooks, delivery)).status).toBe(202);
    const next = commentPayload(world, { id: 2, pullRequest: 1 });
    await deliver(second.webhooks, { id: 'after-the-kill', event: 'issue_comment', payload: next });
    await vi.waitFor(() => expect(read()).toContain('2 done'), { timeout: 15_000, interval: 20 });
    expect(read().filter((mark) => mark === '1 done')).toHaveLength(1);

    second.child.kill('SIGTERM');
    expect(await once(second.child, 'exit')).toEqual([0, null]);
  }, 60_000);
});
