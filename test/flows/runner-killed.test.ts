import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { GitId } from '../../core/names.ts';
import { ephemeralLabels } from '../../core/runners/names.ts';
import { acceptRun, advanceRun } from '../../flows/ledger.ts';
import type { EphemeralRunners, Ports } from '../../flows/ports.ts';
import { settleRunners } from '../../flows/runner-job.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { CONFIG_TEXT, makeKey, recordOf, runId } from '../core/samples.ts';
import { type FakeRunners, fakeRunners, SECRET } from './fake-runners.ts';
import { flowPorts, memory, repository } from './ports.ts';

const key = makeKey();
const MINUTE = 60_000;
let world: World;
let base: GitId;
let next = 0;
beforeAll(async () => {
  world = await startWorld();
  base = await world.commit('main', { [CONFIG_PATH]: CONFIG_TEXT, 'keys/trainyard.pub': key.public.pem });
});
afterAll(() => world.close());

class Killed extends Error {}

/** Ends the process at one of the calls that change something, before or after it: nothing of it does anything after that. */
function killer(at: number, when: 'before' | 'after') {
  let calls = 0;
  let dead = false;
  const wrapped = <Given extends unknown[], Answer>(call: (...given: Given) => Promise<Answer>) => {
    return async (...given: Given): Promise<Answer> => {
      if (!dead) calls += 1;
      if (dead || (calls === at && when === 'before')) {
        dead = true;
        throw new Killed();
      }
      const answer = await call(...given);
      if (calls !== at) return answer;
      dead = true;
      throw new Killed();
    };
  };
  return { wrapped, calls: () => calls, dead: () => dead };
}

type Killer = ReturnType<typeof killer>;

function mortal(fake: FakeRunners, { wrapped }: Killer): EphemeralRunners {
  const { registrations } = fake;
  return {
    registrations: {
      ...registrations,
      register: wrapped(registrations.register),
      remove: wrapped(registrations.remove),
    },
    providers: new Map(
      [...fake.providers].map(([name, provider]) => [
        name,
        { ...provider, create: wrapped(provider.create), terminate: wrapped(provider.terminate) },
      ]),
    ),
  };
}

/** GitHub gives the waiting job to a runner whose machine has come up; a machine without a registration takes none. */
function comeUp(fake: FakeRunners, workflowRun: number): void {
  for (const [id, registered] of fake.registered) {
    const machine = fake.machines.get(registered.name);
    if (machine === undefined || fake.jobs.get(workflowRun)?.status !== 'queued') continue;
    fake.machines.set(registered.name, { ...machine, state: 'running' });
    fake.registered.set(id, { ...registered, online: true, busy: true });
    fake.jobs.set(workflowRun, { status: 'in_progress', runner: registered.name });
  }
}

interface Life {
  readonly calls: number;
  readonly killed: boolean;
  /** Minutes until the job began. */
  readonly waited: number;
  readonly recorded: string;
  /** Machines and registrations that are left in the end. */
  readonly left: readonly [number, number];
}

/** A job from queued to gone, looked at once a minute, by an App that is started anew at once where it was killed. */
async function life(at: number, when: 'before' | 'after'): Promise<Life> {
  next += 1;
  const [run, workflowRun, fake, killing] = [runId(next), next, fakeRunners(), killer(at, when)];
  let now = Date.parse('2026-11-02T10:00:00Z');
  const recorded: unknown[] = [];
  const inFlight = memory();
  const ports = (runners: EphemeralRunners, putProgress: Ports['inFlight']['putProgress']): Ports =>
    flowPorts(world, key, {
      runners,
      clock: { now: () => new Date(now) },
      inFlight: { ...inFlight, putProgress },
      steps: {
        async run(_name, action) {
          const result = await action();
          recorded.push(result);
          return result;
        },
      },
    });
  const whole = ports(fake, inFlight.putProgress);
  const first = ports(mortal(fake, killing), killing.wrapped(inFlight.putProgress));
  const look = async (): Promise<void> => {
    const killed = killing.dead();
    try {
      await settleRunners(killed ? whole : first);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      await settleRunners(whole);
    }
    now += MINUTE;
  };
  const record = recordOf({ repository, run, origin: { kind: 'branch', branch: 'main' }, commit: base });
  const policy = await takePolicySnapshot(whole);
  await acceptRun(whole, policy, {
    ...record,
    order: { ...record.order, runner: [...ephemeralLabels('kubernetes', run)] },
  });
  await advanceRun(whole, policy, run, { state: 'training', workflowRun });
  fake.jobs.set(workflowRun, { status: 'queued' });
  let waited = 0;
  for (; waited < 30 && fake.jobs.get(workflowRun)?.status === 'queued'; waited += 1) {
    await look();
    expect(fake.machines.size, `machines when killed ${when} call ${at}`).toBeLessThanOrEqual(1);
    comeUp(fake, workflowRun);
  }
  fake.registered.clear();
  fake.jobs.set(workflowRun, { status: 'completed', runner: 'its own' });
  await advanceRun(whole, policy, run, { state: 'cancelled', by: 'ada', workflowRun });
  for (let minute = 0; minute < 3; minute += 1) await look();
  const left = [fake.machines.size, fake.registered.size] as const;
  return { calls: killing.calls(), killed: killing.dead(), waited, recorded: JSON.stringify(recorded), left };
}

test.each(['before', 'after'] as const)(
  'an App that is killed %s any call that changes something gives the job one runner, and leaves nothing behind',
  async (when) => {
    const { calls, killed } = await life(0, when);
    expect(killed).toBe(false);
    expect(calls).toBeGreaterThanOrEqual(4);
    for (let at = 1; at <= calls; at += 1) {
      const lived = await life(at, when);
      expect(lived, `killed ${when} call ${at}`).toMatchObject({ killed: true, left: [0, 0] });
      expect(lived.waited, `killed ${when} call ${at}`).toBeLessThanOrEqual(20);
      expect(lived.recorded).not.toContain(SECRET);
    }
  },
  120_000,
);
