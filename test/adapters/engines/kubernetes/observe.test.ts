import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JobView, PodView } from '../../../../adapters/engines/kubernetes/objects.ts';
import { judge, type Seen } from '../../../../adapters/engines/kubernetes/observe.ts';
import { Observation } from '../../../../core/training/execution.ts';

const NOW = Date.parse('2026-11-22T16:00:00Z');
const TIME = '2026-11-22T15:00:00Z';
const meta = (name: string, more = {}) => ({ name, uid: 'u', creationTimestamp: TIME, ...more });
const condition = (type: string, reason: string, message = '') => ({
  type,
  status: 'True',
  reason,
  message,
  lastTransitionTime: TIME,
});

const job = (conditions: readonly object[] = [], spec = {}): JobView =>
  JobView.parse({ metadata: meta('job'), spec, status: { conditions } });
const pod = (status: object, spec = {}, more = {}): PodView =>
  PodView.parse({
    metadata: meta('pod', more),
    spec: { nodeName: 'node', ...spec },
    status: { startTime: TIME, ...status },
  });
const seen = (given: Partial<Seen>): Seen => ({
  job: job(),
  pods: [],
  machines: 1,
  refusal: null,
  ending: null,
  stoppedByMachine: false,
  gpus: 0,
  now: NOW,
  ...given,
});

const FAILED = job([condition('Failed', 'PodFailurePolicy')]);
const terminated = (name: string, exitCode: number, more = {}) => ({
  name,
  state: { terminated: { exitCode, finishedAt: TIME, ...more } },
});
const report = (reason: string, exitCode: number | null = null) =>
  JSON.stringify({ reason, message: 'what was said', exitCode });
const over = (train: object, collector: object = terminated('collector', 0), status: object = {}) =>
  pod({
    phase: 'Failed',
    containerStatuses: [train],
    initContainerStatuses: [terminated('inputs', 0), collector],
    ...status,
  });

describe('the image of an execution that ended', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  test.each([
    ['with its digest', `docker.io/team/train@${digest}`, `docker.io/team/train@${digest}`],
    ['as Docker says it', `docker-pullable://team/train@${digest}`, `team/train@${digest}`],
    ['by its digest alone, where the name is too long', `registry.example.com/${'n'.repeat(200)}@${digest}`, digest],
    ['not at all where it has none', 'docker.io/team/train:latest', undefined],
  ])('is told %s', (_, imageID, told) => {
    const { observation } = judge(seen({ job: FAILED, pods: [over({ ...terminated('train', 3), imageID })] }));
    expect(observation).toMatchObject({ state: 'ended' });
    expect('image' in observation ? observation.image : undefined).toBe(told);
  });
});

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
