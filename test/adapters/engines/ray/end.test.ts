import { expect, test } from 'vitest';
import { JobAnswer } from '../../../../adapters/engines/ray/answers.ts';
import { endOf } from '../../../../adapters/engines/ray/end.ts';
import { ExecutionEnd } from '../../../../core/training/execution.ts';

const job = (answer: Readonly<Record<string, unknown>>): JobAnswer =>
  JobAnswer.parse({
    type: 'SUBMISSION',
    submission_id: 'trainyard-1',
    job_id: null,
    status: 'FAILED',
    message: null,
    error_type: null,
    start_time: 1,
    end_time: 2,
    metadata: null,
    driver_node_id: null,
    driver_exit_code: null,
    ...answer,
  });

const lastLine = (words: object | string): string =>
  `Job entrypoint command failed with exit code 1, last available logs:\nepoch 1\n\ntrainyard-end ${typeof words === 'string' ? words : JSON.stringify(words)}\n`;
const COMMAND = 'JOB_ENTRYPOINT_COMMAND_ERROR';
const DIED = 'JOB_SUPERVISOR_ACTOR_DIED';

test.each([
  ['SUCCEEDED', { status: 'SUCCEEDED' }, { how: 'succeeded' }],
  ['STOPPED', { status: 'STOPPED' }, { how: 'cancelled' }],
])('%s is what it says', (_, answer, end) => {
  expect(endOf(job(answer), null)).toEqual(end);
});

test.each([
  [
    'the harness’s last line',
    { error_type: COMMAND, message: lastLine({ reason: 'failed', exitCode: 3, message: 'm' }) },
    'command_failed',
    3,
  ],
  [
    'SIGTERM that Ray’s stop did not send',
    { error_type: COMMAND, message: lastLine({ reason: 'cancelled', exitCode: null, message: 'm' }) },
    'preempted',
    null,
  ],
  [
    'a reason that nobody knows',
    { error_type: COMMAND, message: lastLine({ reason: 'constructor', exitCode: null, message: 'm' }) },
    'engine_failed',
    null,
  ],
  ['a last line that is cut', { error_type: COMMAND, message: lastLine('{"reason": "fai') }, 'machine_lost', null],
  [
    'a forged line that is not the last',
    { error_type: COMMAND, message: `${lastLine({ reason: 'failed', exitCode: 0, message: '' })}Killed` },
    'machine_lost',
    null,
  ],
  [
    'no python3',
    { error_type: COMMAND, message: 'sh: 1: python3: not found', driver_exit_code: 127 },
    'engine_failed',
    null,
  ],
  ['the harness killed', { error_type: COMMAND, message: 'x', driver_exit_code: -9 }, 'machine_lost', null],
  [
    'pip',
    { error_type: 'RUNTIME_ENV_SETUP_FAILURE', message: 'Failed to install pip packages of gcs://_ray_pkg_1.zip' },
    'setup_failed',
    null,
  ],
  [
    'a package that is gone',
    { error_type: 'RUNTIME_ENV_SETUP_FAILURE', message: 'Failed to download gcs://_ray_pkg_1.zip' },
    'inputs_unavailable',
    null,
  ],
  [
    'a dead supervisor',
    { error_type: DIED, message: 'The actor died because its node has died.' },
    'machine_lost',
    null,
  ],
  [
    'Ray’s memory monitor',
    { error_type: DIED, message: 'Worker exit type: NODE_OUT_OF_MEMORY; killed due to the node running low on memory' },
    'out_of_memory',
    null,
  ],
  ['a drained machine', { error_type: DIED, message: 'The node was drained: preemption' }, 'preempted', null],
  ['no place in time', { error_type: 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT', message: 'timeout' }, 'engine_failed', null],
  ['an error of a kind that nobody knows', { error_type: 'NEW', message: '' }, 'engine_failed', null],
  ['no kind and no message', {}, 'engine_failed', null],
] as const)('%s is told as %s', (_, answer, reason, exitCode) => {
  const end = ExecutionEnd.parse(endOf(job(answer), null));
  expect(end).toMatchObject({ how: 'failed', reason, exitCode });
});

/** As Ray 2.60 tells of pip. */
const ofPip = (printed: string): string =>
  [
    'runtime_env setup failed: Failed to set up runtime environment.',
    '[Node 127.0.0.1] Traceback (most recent call last):',
    '  File "/ray/_private/runtime_env/pip.py", line 276, in _run',
    "Command '['/tmp/ray/virtualenv/bin/python', '-m', 'pip', 'install']' returned non-zero exit status 1.",
    'Last 50 lines of stdout:',
    ...printed.split('\n').map((line) => `    ${line}`),
  ].join('\n');

test.each([
  [
    'a package that nobody has',
    ofPip('Looking in links: /wheels\nERROR: No matching distribution found for none==1.0'),
    'ERROR: No matching distribution found for none==1.0',
  ],
  [
    'another hash',
    ofPip('Collecting a==1\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n    a==1:\n        Expected sha256 00'),
    'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n    a==1:\n        Expected sha256 00',
  ],
])('of packages that can’t be installed, pip’s own words are told: %s', (_, message, told) => {
  const answer = job({ error_type: 'RUNTIME_ENV_SETUP_FAILURE', message });
  expect(endOf(answer, null)).toEqual({ how: 'failed', reason: 'setup_failed', message: told, exitCode: null });
});

test.each([
  ['has no pip', ofPip('/tmp/ray/virtualenv/bin/python: No module named pip'), /machines need pip/],
  ['is too slow', 'Failed to install runtime_env within the timeout of 1800 seconds. Consider', /longer than 1800 s/],
  ['says nothing of pip', 'Failed to set up runtime environment: no space left', /no space left/],
])('a machine that %s is told in words that say what to do', (_, message, told) => {
  const answer = job({ error_type: 'RUNTIME_ENV_SETUP_FAILURE', message });
  expect(endOf(answer, null)).toMatchObject({ reason: 'setup_failed', message: expect.stringMatching(told) });
});

test('what no machine can hold is impossible when Ray gives it up', () => {
  const answer = job({ error_type: 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT', message: 'timeout' });
  expect(endOf(answer, 'no machine has 8 GPU')).toMatchObject({
    reason: 'impossible_resources',
    message: expect.stringContaining('8 GPU'),
  });
});

test('a message of any length fits', () => {
  const answer = job({ error_type: DIED, message: 'y'.repeat(1_000_000) });
  expect(() => ExecutionEnd.parse(endOf(answer, null))).not.toThrow();
});
