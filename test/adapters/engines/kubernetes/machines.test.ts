import { describe, expect, test } from 'vitest';
import type { PodView } from '../../../../adapters/engines/kubernetes/objects.ts';
import { judge, type Seen } from '../../../../adapters/engines/kubernetes/observe.ts';
import { condition, FAILED, job, pod, report, seen, TIME, terminated } from './views.ts';

describe('an execution on several machines', () => {
  const LATER = '2026-11-22T15:00:09Z';
  const on = (machine: number, status: object): PodView =>
    pod(status, {}, { labels: { 'batch.kubernetes.io/job-completion-index': String(machine) } });
  const runs = (machine: number): PodView =>
    on(machine, { phase: 'Running', containerStatuses: [{ name: 'node', state: { running: { startedAt: TIME } } }] });
  const fails = (machine: number, exitCode: number, said = 'command_failed', finishedAt = TIME): PodView =>
    on(machine, {
      phase: 'Failed',
      containerStatuses: [terminated('node', exitCode, { finishedAt })],
      initContainerStatuses: [terminated('collector', 0, { message: report(said) })],
    });
  const stopped = (machine: number, finishedAt = LATER): PodView => fails(machine, 143, 'stopped', finishedAt);
  const of = (pods: readonly PodView[], more: Partial<Seen> = {}) =>
    judge(seen({ pods, machines: 3, gpus: 24, ...more })).observation;

  test.each<[string, readonly PodView[], object]>([
    ['waits while one has no pod', [runs(0), runs(1)], { state: 'waiting' }],
    [
      'waits while one pulls its images',
      [runs(0), runs(1), on(2, { phase: 'Pending' })],
      { state: 'waiting', why: 'Pulls its images.' },
    ],
    ['runs when all do', [runs(0), runs(1), runs(2)], { state: 'running' }],
    [
      'runs until the last has ended',
      [on(0, { phase: 'Succeeded', containerStatuses: [terminated('node', 0)] }), runs(1), runs(2)],
      { state: 'running' },
    ],
  ])('%s', (_, pods, expected) => {
    expect(of(pods)).toMatchObject(expected);
  });

  test('tells of the one that failed by itself, and not of those that were stopped for it', () => {
    const observed = of([stopped(0, TIME), fails(1, 3, 'command_failed', LATER), stopped(2)], { job: FAILED });
    expect(observed).toMatchObject({
      end: { reason: 'command_failed', exitCode: 3, message: 'On machine 2 of 3: what was said' },
      usage: { gpus: 24, machines: 3, seconds: 9 },
    });
  });

  test('tells of a machine that was taken before anything that its loss made the others do', () => {
    const taken = on(2, { phase: 'Failed', conditions: [condition('DisruptionTarget', 'EvictionByEvictionAPI')] });
    expect(of([fails(0, 1), fails(1, 1), taken], { job: FAILED })).toMatchObject({ end: { reason: 'preempted' } });
  });

  test('tells by the Job of a machine that is gone with its pod', () => {
    const message = 'Pod ns/x has condition DisruptionTarget matching FailJob rule at index 0';
    const lost = job([condition('Failed', 'PodFailurePolicy', message)]);
    expect(of([stopped(0), stopped(1)], { job: lost })).toMatchObject({ end: { reason: 'machine_lost' } });
    expect(of([fails(0, 3), stopped(1)], { job: lost })).toMatchObject({ end: { reason: 'command_failed' } });
  });
});
