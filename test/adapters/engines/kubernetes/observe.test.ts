import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, type Seen } from '../../../../adapters/engines/kubernetes/observe.ts';
import { Observation } from '../../../../core/training/execution.ts';
import { condition, FAILED, job, over, pod, report, seen, TIME, terminated } from './views.ts';

describe('an execution that failed', () => {
  test.each<[string, string, Partial<Seen>]>([
    ['a command that exited with 3', 'command_failed', { pods: [over(terminated('train', 3))] }],
    ['a program that is not there', 'command_not_found', { pods: [over(terminated('train', 127))] }],
    [
      'an image without a shell',
      'command_not_found',
      { pods: [over(terminated('train', 128, { reason: 'StartError' }))] },
    ],
    ['memory that ran out', 'out_of_memory', { pods: [over(terminated('train', 137, { reason: 'OOMKilled' }))] }],
    [
      'packages that could not be installed',
      'setup_failed',
      { pods: [over(terminated('train', 1), terminated('collector', 0, { message: report('setup_failed') }))] },
    ],
    [
      'a timeout',
      'timed_out',
      { pods: [over(terminated('train', 143), terminated('collector', 0, { message: report('timed_out') }))] },
    ],
    [
      'a pod that outlived its deadline',
      'timed_out',
      { pods: [over(terminated('train', 137), undefined, { reason: 'DeadlineExceeded' })] },
    ],
    [
      'no output',
      'no_output',
      { pods: [over(terminated('train', 70), terminated('collector', 0, { message: report('no_output', 0) }))] },
    ],
    [
      'a command that forged a success',
      'command_failed',
      { pods: [over(terminated('train', 3), terminated('collector', 0, { message: report('succeeded', 0) }))] },
    ],
    ['a collector that said nothing', 'engine_failed', { pods: [over(terminated('train', 0))] }],
    [
      'a collector that said what is no report',
      'engine_failed',
      { pods: [over(terminated('train', 0), terminated('collector', 0, { message: '{"reason":"succeeded!"}' }))] },
    ],
    [
      'inputs that could not be fetched',
      'inputs_unavailable',
      { pods: [pod({ phase: 'Failed', initContainerStatuses: [terminated('inputs', 1)] })] },
    ],
    [
      'a pod that the scheduler preempted',
      'preempted',
      {
        pods: [
          over(terminated('train', 143), undefined, {
            conditions: [condition('DisruptionTarget', 'PreemptionByScheduler')],
          }),
        ],
      },
    ],
    [
      'a pod whose machine left the cluster',
      'machine_lost',
      {
        pods: [
          over(terminated('train', 137), undefined, { conditions: [condition('DisruptionTarget', 'DeletionByPodGC')] }),
        ],
      },
    ],
    [
      'a pod that used up its own disk',
      'command_failed',
      { pods: [over(terminated('train', 137), undefined, { reason: 'Evicted' })] },
    ],
    [
      'a machine that refused the pod',
      'engine_failed',
      { pods: [pod({ phase: 'Failed', reason: 'OutOfnvidia.com/gpu' })] },
    ],
    ['a pod that is gone', 'machine_lost', { job: job([condition('Failed', 'BackoffLimitExceeded')]) }],
    [
      'a pod that is gone after a disruption that its machine carried out',
      'preempted',
      {
        job: job([
          condition(
            'Failed',
            'PodFailurePolicy',
            'Pod ns/p has condition DisruptionTarget matching FailJob rule at index 0',
          ),
        ]),
        stoppedByMachine: true,
      },
    ],
    [
      'a pod that is gone with its machine',
      'machine_lost',
      {
        job: job([
          condition(
            'Failed',
            'PodFailurePolicy',
            'Pod ns/p has condition DisruptionTarget matching FailJob rule at index 0',
          ),
        ]),
      },
    ],
    [
      'a pod that was deleted and is gone',
      'machine_lost',
      {
        job: job([
          condition(
            'Failed',
            'PodFailurePolicy',
            'Container train for pod ns/p failed with exit code 143 matching FailJob rule at index 1',
          ),
        ]),
      },
    ],
    [
      'a pod that failed and is gone',
      'command_failed',
      {
        job: job([
          condition(
            'Failed',
            'PodFailurePolicy',
            'Container train for pod ns/p failed with exit code 3 matching FailJob rule at index 1',
          ),
        ]),
      },
    ],
    ['no machine within the time', 'impossible_resources', { job: job([condition('Failed', 'DeadlineExceeded')]) }],
  ])('by %s says %s', (_, reason, given) => {
    const { observation } = judge(seen({ job: FAILED, ...given }));
    expect(observation).toMatchObject({ state: 'ended', end: { how: 'failed', reason } });
  });

  test('because it was cancelled says so', () => {
    const { observation } = judge(
      seen({ job: FAILED, pods: [over(terminated('train', 143))], ending: { how: 'cancelled' } }),
    );
    expect(observation).toMatchObject({ end: { how: 'cancelled' } });
  });
});

test('an execution that succeeded before it was cancelled has succeeded', () => {
  const pods = [
    over(terminated('train', 0), terminated('collector', 0, { message: report('succeeded', 0) }), {
      phase: 'Succeeded',
    }),
  ];
  const { observation } = judge(
    seen({ job: job([condition('Complete', '')]), pods, ending: { how: 'cancelled' }, gpus: 2 }),
  );
  expect(observation).toMatchObject({ state: 'ended', end: { how: 'succeeded' }, usage: { gpus: 2, machines: 1 } });
});

describe('an execution that waits', () => {
  const waits = (reason: string, message = '') => [
    pod({ phase: 'Pending', containerStatuses: [{ name: 'train', state: { waiting: { reason, message } } }] }),
  ];

  test.each<[string, RegExp, Partial<Seen>]>([
    ['a queue', /queue/, { job: job([], { suspend: true }) }],
    ['quota', /exceeded quota/, { refusal: 'pods "x" is forbidden: exceeded quota: team' }],
    [
      'GPUs',
      /4 GPUs.*Insufficient/,
      {
        gpus: 4,
        pods: [
          pod({
            conditions: [
              { type: 'PodScheduled', status: 'False', message: '0/1 nodes: 1 Insufficient nvidia.com/gpu' },
            ],
          }),
        ],
      },
    ],
  ])('for %s says why', (_, why, given) => {
    const { observation, end } = judge(seen(given));
    expect(observation).toMatchObject({ state: 'waiting', why: expect.stringMatching(why) });
    expect(end).toBeNull();
  });

  test.each([
    ['ImagePullBackOff', 'manifest unknown: not found'],
    ['ErrImagePull', 'pull access denied'],
    ['InvalidImageName', ''],
  ])('for an image that no waiting brings (%s) is to be ended', (reason, message) => {
    expect(judge(seen({ pods: waits(reason, message), now: Date.parse(TIME) })).end).toMatchObject({
      reason: 'image_pull_failed',
    });
  });

  test('for a registry that does not answer goes on for a while, and is ended then', () => {
    const pods = waits('ImagePullBackOff', 'dial tcp: i/o timeout');
    expect(judge(seen({ pods, now: Date.parse(TIME) + 60_000 })).end).toBeNull();
    expect(judge(seen({ pods, now: Date.parse(TIME) + 3_600_000 })).end).toMatchObject({ reason: 'image_pull_failed' });
  });
});

test('a pod that was to end long ago counts as lost with its machine', () => {
  const running = { phase: 'Running', containerStatuses: [{ name: 'train', state: { running: { startedAt: TIME } } }] };
  const lost = pod(running, {}, { deletionTimestamp: TIME });
  expect(judge(seen({ pods: [lost] })).observation).toMatchObject({ end: { reason: 'machine_lost' } });
  expect(judge(seen({ pods: [lost], now: Date.parse(TIME) })).observation).toMatchObject({ state: 'running' });
});

test('whatever the API says, an observation is one that the schema knows', () => {
  const text = fc.string({ maxLength: 3000 });
  const any = fc.record({
    phase: fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'),
    reason: text,
    message: text,
    code: fc.integer({ min: -1000, max: 100_000 }),
    kind: fc.constantFrom('Complete', 'Failed', 'Suspended', 'DisruptionTarget'),
    started: fc.boolean(),
  });
  fc.assert(
    fc.property(any, ({ phase, reason, message, code, kind, started }) => {
      const state = started ? { terminated: { exitCode: code, reason, message } } : { waiting: { reason, message } };
      const it = pod({
        phase,
        reason,
        message,
        conditions: [condition(kind, reason, message)],
        containerStatuses: [{ name: 'train', state }],
      });
      const { observation } = judge(
        seen({ job: job([condition(kind, reason, message)]), pods: [it], refusal: message }),
      );
      expect(Observation.safeParse(observation).success).toBe(true);
    }),
  );
});
