import { describe, expect, test } from 'vitest';
import { githubApi } from '../../../adapters/github/api.ts';
import { sameRunEngine, sameRunWorkflows } from '../../../adapters/without-app/same-run.ts';
import { imagesThere, withoutButtons, withoutDataChecks } from '../../../adapters/without-app/shown.ts';
import { KeyNeeded, keylessSigner } from '../../../adapters/without-app/signer.ts';
import { jobSteps } from '../../../adapters/without-app/steps.ts';
import type { RunRecord } from '../../../core/ledger/run.ts';
import { GitId, ModelName, RunId, Sha256 } from '../../../core/names.ts';
import { type Check, PortError, type Workflows } from '../../../flows/ports.ts';

const RUN = { id: 42, url: 'https://github.com/o/r/actions/runs/42' };
const HEAD = GitId.parse('b'.repeat(40));

/** A GitHub that nothing may be asked of. */
const untouchable = new Proxy({} as Workflows, {
  get: (_target, name) => () => {
    throw new Error(`nobody was to ask for ${String(name)}`);
  },
});

describe('nothing is dispatched', () => {
  test('an order is handed on, and counts as the workflow run that is under way', async () => {
    const taken: unknown[] = [];
    const workflows = sameRunWorkflows(
      untouchable,
      RUN,
      async () => HEAD,
      (order) => taken.push(order),
    );
    expect(await workflows.dispatch('trainyard-judge.yml', { order: '{}' }, 'judge x')).toEqual(RUN);
    expect(taken).toEqual([{ workflow: 'trainyard-judge.yml', inputs: { order: '{}' } }]);
  });

  test('no branch is moved', async () => {
    const workflows = sameRunWorkflows(
      untouchable,
      RUN,
      async () => HEAD,
      () => undefined,
    );
    expect(await workflows.syncExecutionRef()).toBe(HEAD);
  });
});

describe('training in the same workflow run', () => {
  const record = (run: string) =>
    ({ run: RunId.parse(run), model: ModelName.parse('tally') }) as Pick<RunRecord, 'run' | 'model'> as RunRecord;
  const one = record('01M80KVAB0T23J4S41SA0MS4HE');

  test('is of one run, however often that is asked for', async () => {
    const engine = sameRunEngine(untouchable, RUN);
    expect(await engine.submit(one)).toEqual({ workflowRun: 42 });
    expect(await engine.submit(one)).toEqual({ workflowRun: 42 });
  });

  test('is refused to a second run, which is told to come in a comment of its own', async () => {
    const engine = sameRunEngine(untouchable, RUN);
    await engine.submit(one);
    const second = engine.submit(record('01M80KVAB0T23J4S41SA0MS4HF'));
    await expect(second).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('tally') });
  });
});

test('a job without the key ends a flow where it would sign', async () => {
  const signer = keylessSigner(Sha256.parse('c'.repeat(64)));
  await expect(signer.sign(new Uint8Array())).rejects.toBeInstanceOf(KeyNeeded);
});

describe('a step of a job', () => {
  const failing = (error: Error, times: number) => {
    let left = times;
    return async () => {
      left -= 1;
      if (left >= 0) throw error;
      return 'done';
    };
  };
  const stepsWith = (waits: number[]) => jobSteps({ now: () => 0, wait: async (ms) => void waits.push(ms) });

  test('is tried again, after longer each time, while what is wrong may pass', async () => {
    const waits: number[] = [];
    const action = failing(new PortError('unavailable', 'not now'), 3);
    expect(await stepsWith(waits).run('read', action)).toBe('done');
    expect(waits).toEqual([1000, 2000, 4000]);
  });

  test('waits as long as GitHub asks for, up to a minute', async () => {
    const waits: number[] = [];
    const cause = (seconds: string) => ({ status: 429, response: { headers: { 'retry-after': seconds }, data: {} } });
    for (const seconds of ['17', '900'])
      await stepsWith(waits).run('read', failing(new PortError('rate_limited', 'slow', { cause: cause(seconds) }), 1));
    expect(waits).toEqual([17_000, 60_000]);
  });

  test('fails in the end', async () => {
    const waits: number[] = [];
    const run = stepsWith(waits).run('read', failing(new PortError('unavailable', 'not now'), 99));
    await expect(run).rejects.toMatchObject({ code: 'unavailable' });
    expect(waits).toHaveLength(5);
  });

  test.each([
    ['what does not pass', new PortError('forbidden', 'no')],
    ['a missing key', new KeyNeeded()],
    ['a defect', new TypeError('x is undefined')],
  ])('is not tried again for %s', async (_what, error) => {
    const waits: number[] = [];
    await expect(stepsWith(waits).run('read', failing(error, 1))).rejects.toBe(error);
    expect(waits).toEqual([]);
  });
});

describe('checks by the account of the jobs', () => {
  const check: Check = {
    name: 'trainyard / train: tally',
    sha: HEAD,
    externalId: 'train tally',
    status: 'in_progress',
    title: 'Training',
    summary: '',
    actions: [{ label: 'Cancel', description: 'Stop this run', identifier: 'cancel' }],
  };
  const recorder = () => {
    const put: Check[] = [];
    return { put, checks: { put: async (one: Check) => void put.push(one) } };
  };

  test('have no buttons, since nobody would hear of a press', async () => {
    const { put, checks } = recorder();
    await withoutButtons(checks).put(check);
    const { actions: _buttons, ...rest } = check;
    expect(put).toEqual([rest]);
  });

  test('about data are left to the workflow that looked at it', async () => {
    const { put, checks } = recorder();
    await withoutDataChecks(checks).put({ ...check, name: 'trainyard / data: rows' });
    await withoutDataChecks(checks).put(check);
    expect(put).toEqual([check]);
  });
});

describe('a report image, for a job that may not write', () => {
  const images = (answers: Readonly<Record<string, unknown>>) =>
    imagesThere(
      githubApi({
        repository: { owner: 'o', repo: 'r' },
        octokit: {
          async request(route) {
            const data = answers[route];
            if (data === undefined) throw Object.assign(new Error('not found'), { status: 404 });
            return { status: 200, headers: {}, data, url: '' };
          },
        },
      }),
    );

  test('is the one that is there', async () => {
    const there = images({
      'GET /repos/{owner}/{repo}/git/ref/{ref}': {
        ref: 'refs/trainyard/reports/x',
        object: { sha: HEAD, type: 'commit' },
      },
      'GET /repos/{owner}/{repo}': { html_url: 'https://github.com/o/r' },
    });
    expect(await there.put('x', '<svg/>')).toEqual({ url: `https://github.com/o/r/raw/${HEAD}/chart.svg` });
  });

  test('is none where none is', async () => {
    expect(await images({}).put('x', '<svg/>')).toEqual({ url: '' });
  });

  test('is not looked for under a name that leaves its folder', async () => {
    await expect(images({}).put('../heads/main', '<svg/>')).rejects.toMatchObject({ code: 'malformed' });
  });
});
