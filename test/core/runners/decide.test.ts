import { describe, expect, test } from 'vitest';
import { decideRunners } from '../../../core/runners/decide.ts';
import { pauseAfter, RUNNER_LIMITS } from '../../../core/runners/limits.ts';
import { runnerName } from '../../../core/runners/names.ts';
import {
  type JobSeen,
  type MachineSeen,
  NO_MEMORY,
  type Registered,
  type Situation,
} from '../../../core/runners/situation.ts';
import { ulid } from '../../../core/ulid.ts';

const RUN = ulid(1_793_577_600_000, new Uint8Array(10));
const NOW = 1_793_577_700_000;
const QUEUED: JobSeen = { status: 'queued' };
const name = (generation: number) => runnerName(RUN, generation);

const runner = (generation: number, change: Partial<Registered> = {}): Registered => ({
  ...{ id: 100 + generation, name: name(generation), online: true, busy: false },
  ...change,
});
const machine = (generation: number, age: number, change: Partial<MachineSeen> = {}): MachineSeen => ({
  ...{ name: name(generation), state: 'running', reason: null, createdAt: NOW - age },
  ...change,
});
const decide = (change: Partial<Situation>) =>
  decideRunners({ now: NOW, job: QUEUED, registered: [], machines: [], memory: NO_MEMORY, ...change });
const since = (what: 'idle' | 'taken', ago: number) => ({
  ...NO_MEMORY,
  ...{ tries: 1, lastTry: NOW - ago, generation: 1, since: { [name(1)]: { what, at: NOW - ago } } },
});

test('a job that waits and has no runner gets one', () => {
  expect(decide({})).toMatchObject({ create: 1, removals: [], memory: { tries: 1, lastTry: NOW, generation: 1 } });
});

const MINUTE = 60_000;

describe('while a job waits', () => {
  test.each<[string, Partial<Situation>]>([
    ['comes up', { registered: [runner(1, { online: false })], machines: [machine(1, MINUTE, { state: 'starting' })] }],
    ['is online and idle', { registered: [runner(1)], machines: [machine(1, MINUTE)] }],
    ['GitHub does not list yet', { machines: [machine(1, RUNNER_LIMITS.visible - 1)] }],
    ['is busy since a moment', { registered: [runner(1, { busy: true })], machines: [machine(1, MINUTE)] }],
  ])('a runner that %s is left to take it', (_what, change) => {
    expect(decide(change)).toMatchObject({ create: null, removals: [] });
  });

  test.each<[string, string, Partial<Situation>]>([
    [
      'did not come up in time',
      'never_came',
      { registered: [runner(1, { online: false })], machines: [machine(1, RUNNER_LIMITS.boot)] },
    ],
    [
      'is online and not given the job',
      'not_taken',
      { registered: [runner(1)], machines: [machine(1, 30 * MINUTE)], memory: since('idle', RUNNER_LIMITS.pickUp) },
    ],
    [
      'lost its machine',
      'machine_ended',
      {
        registered: [runner(1, { online: false })],
        machines: [machine(1, 5 * MINUTE, { state: 'ended', reason: 'reclaimed' })],
      },
    ],
    ['GitHub does not know any more', 'lost_job', { machines: [machine(1, RUNNER_LIMITS.visible)] }],
    ['has no machine', 'half_made', { registered: [runner(1, { online: false })] }],
  ])('a runner that %s is taken away and another made', (_what, why, change) => {
    expect(decide(change)).toMatchObject({ create: 2, removals: [{ name: name(1), why }], memory: { lost: { why } } });
  });

  test('a runner that is busy with another job is left alone, and another is made', () => {
    const taken = { registered: [runner(1, { busy: true })], machines: [machine(1, 9 * MINUTE)] };
    expect(decide({ ...taken, memory: since('taken', RUNNER_LIMITS.taken) })).toMatchObject({
      ...{ create: 2, removals: [], memory: { lost: { why: 'taken' } } },
    });
  });

  test('of two runners that could take it the one that is there stays', () => {
    const two = {
      registered: [runner(1), runner(2, { online: false })],
      machines: [machine(1, MINUTE), machine(2, MINUTE)],
    };
    expect(decide(two)).toMatchObject({ create: null, removals: [{ name: name(2), why: 'not_needed' }] });
  });

  test('another is not made before the pause after the last one is over', () => {
    const memory = { ...NO_MEMORY, tries: 3, lastTry: NOW - pauseAfter(3) + 1, generation: 3 };
    expect(decide({ memory }).create).toBeNull();
    expect(decide({ memory: { ...memory, lastTry: NOW - pauseAfter(3) } }).create).toBe(4);
  });
});

describe('a busy runner is never touched', () => {
  test.each<[string, JobSeen | null]>([
    ['the run has ended', null],
    ['its job runs on another', { status: 'in_progress', runner: 'other' }],
    ['its job has ended', { status: 'completed', runner: name(1) }],
  ])('although %s', (_what, job) => {
    const busy = { registered: [runner(1, { busy: true })], machines: [machine(1, 100 * MINUTE)], job };
    expect(decide(busy)).toMatchObject({ create: null, removals: [] });
  });

  test('although GitHub does not list it, where its job is said to run on it', () => {
    const job: JobSeen = { status: 'in_progress', runner: name(1) };
    expect(decide({ machines: [machine(1, 100 * MINUTE)], job }).removals).toEqual([]);
  });

  test('but its machine, once ended, is cleared, and it is left to GitHub', () => {
    const ended = {
      registered: [runner(1, { busy: true, online: false })],
      machines: [machine(1, 9, { state: 'ended' })],
    };
    expect(decide({ ...ended, job: { status: 'in_progress', runner: name(1) } })).toMatchObject({
      ...{ create: null, removals: [{ registration: null, machine: true, why: 'machine_ended' }] },
    });
  });
});

test.each<[string, JobSeen | null]>([
  ['has ended', { status: 'completed', runner: null }],
  ['runs on another runner', { status: 'in_progress', runner: 'other' }],
  ['is none of the ledger’s', null],
])('what is idle is taken away when the job %s', (_what, job) => {
  const idle = { registered: [runner(1)], machines: [machine(1, MINUTE), machine(2, MINUTE)], job };
  expect(decide(idle)).toMatchObject({
    create: null,
    removals: [
      { name: name(2), registration: null, machine: true, why: 'not_needed' },
      { name: name(1), registration: 101, machine: true, why: 'not_needed' },
    ],
  });
});
