import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { commitFiles } from '../../local/world.ts';
import { linesOf, type ReplicaProcess, replicaProcesses, until, wrote } from '../replicas.ts';
import { type AppWorld, asAda, commentPayload, deliver, startAppWorld } from '../world.ts';

const CHECKS = 'POST /repos/{owner}/{repo}/check-runs';
const SWEEP = 'GET /app/hook/deliveries';
let world: AppWorld;
let marks: string;
let asked: string[] = [];
let settings: Record<string, string>;
let processes: ReturnType<typeof replicaProcesses>;

beforeAll(async () => {
  world = await startAppWorld(undefined, ({ method, route }) => asked.push(`${method} ${route}`));
  const head = await commitFiles(asAda(world), world.repository, 'main', { 'README.md': '# delay\n' });
  marks = join(world.github.dataDir, 'marks');
  settings = { MARKS: marks, HEAD: head };
  processes = replicaProcesses(world, 'replica-app.ts');
}, 120_000);
afterEach(async () => {
  await processes.close();
  asked = [];
});
afterAll(() => world.close());

const start = (name: string, more: Record<string, string> = {}): Promise<ReplicaProcess> =>
  processes.start({ ...settings, NAME: name, ...more });

async function comment(to: ReplicaProcess, id: number): Promise<void> {
  const payload = commentPayload(world, { id, pullRequest: id });
  expect((await deliver(to.webhooks, { id: `comment-${id}`, event: 'issue_comment', payload })).status).toBe(202);
}

const count = (route: string): number => asked.filter((one) => one === route).length;
const marksOf = (id: number): readonly string[] => linesOf(marks).filter((line) => line.startsWith(`${id} `));

describe('of replicas on one database', () => {
  test('one that is killed is taken over, and its finished steps are not run again', async () => {
    const first = await start('A', { HANG: 'write' });
    await comment(first, 1);
    await wrote(marks, '1 write A');
    const second = await start('B');
    first.kill('SIGKILL');
    await wrote(marks, '1 done B');
    expect(marksOf(1)).toEqual(['1 read A', '1 write A', '1 write B', '1 end B', '1 done B']);
    expect(count(CHECKS)).toBe(1);
    expect(second.log()).toContain('stopped renewing their lease');
  }, 120_000);

  test('one that is stopped and goes on after it was taken over writes nothing, and ends', async () => {
    const first = await start('C', { PAUSE: 'yes' });
    await comment(first, 2);
    await wrote(marks, 'pause C');
    first.kill('SIGSTOP');
    await start('D');
    await wrote(marks, '2 done D');
    expect(count(CHECKS)).toBe(1);
    first.kill('SIGCONT');
    expect(await first.gone).toEqual([1, null]);
    expect(first.log()).toContain('another replica took over; ending');
    expect(count(CHECKS)).toBe(1);
  }, 120_000);

  test('one that is asked to end hands over at once what it could not finish', async () => {
    const first = await start('E', { HANG: 'end', TRAINYARD_DRAIN_SECONDS: '0', TRAINYARD_LEASE_SECONDS: '60' });
    await comment(first, 3);
    await wrote(marks, '3 end E');
    await start('F');
    first.kill('SIGTERM');
    expect(await first.gone).toEqual([0, null]);
    await wrote(marks, '3 done F');
    expect(marksOf(3)).toEqual(['3 read E', '3 write E', '3 end E', '3 end F', '3 done F']);
    expect(count(CHECKS)).toBe(1);
  }, 120_000);

  test('one alone does each round of the timer', async () => {
    const before = await rounds();
    await Promise.all(['G', 'H', 'I'].map((name) => start(name, { TRAINYARD_TIMER_SECONDS: '1' })));
    await until(() => expect(count(SWEEP)).toBeGreaterThan(3));
    await processes.close();
    // The last one may not have got so far.
    expect([0, 1]).toContain((await rounds()) - before - count(SWEEP));
  }, 120_000);
});

/** How many there were. */
async function rounds(): Promise<number> {
  const client = new pg.Client({ connectionString: world.config.databaseUrl ?? '' });
  await client.connect();
  try {
    const { rows } = await client.query("select number from trainyard.rounds where name = 'timer'");
    return z.object({ number: z.coerce.number() }).parse(rows[0]).number;
  } finally {
    await client.end();
  }
}
