import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { decodeAudit } from '../../core/ledger/audit.ts';
import { AUDIT_REF } from '../../core/ledger/entry.ts';
import type { RunState } from '../../core/ledger/run.ts';
import { type GitId, Instant, ModelName } from '../../core/names.ts';
import { ulid } from '../../core/ulid.ts';
import { handleComment, noteChangedComment } from '../../flows/comment.ts';
import { loadLedger, loadRuns } from '../../flows/ledger.ts';
import { PortError, type WorkflowArtifact } from '../../flows/ports.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { OWNER, REPO, startWorld, type World } from '../adapters/github/world.ts';
import { makeKey, runId, sha256 } from '../core/samples.ts';
import { type FlowPorts, flowPorts, judged, judging, memory, ranThrough } from './ports.ts';

const where = { owner: OWNER, repo: REPO };
const key = makeKey();
const CONFIG = `version: 1
models:
  delay:
    inputs: [train.py]
    data: { rows: { path: rows.csv, contract: rows.odcs.yaml } }
    train: { run: python train.py }
    evaluate:
      predict: python predict.py
      run: python evaluate.py
      inputs: [evaluate.py]
      data: { holdout: { path: holdout.csv, labels: [label], id: id } }
policy:
  signing: { keys: [keys/trainyard.pub] }
  concurrency: 64
`;
const MODEL = ModelName.parse('delay');
const OUTPUT: WorkflowArtifact = { id: 1, name: 'trainyard-output', digest: sha256('output'), size: 1, expired: false };

let world: World;
let ports: FlowPorts;
let base: GitId;
let number: number;
let head: GitId;
/** Workflows that were dispatched, with their inputs. */
let dispatched: {
  readonly workflow: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly mark: string;
}[];
let pulls = 0;
let comments = 1000;

beforeAll(async () => {
  world = await startWorld();
  base = await world.commit('main', {
    [CONFIG_PATH]: CONFIG,
    'train.py': 'print(1)\n',
    'evaluate.py': 'print(1)\n',
    'rows.csv': 'id\n1\n',
    'rows.odcs.yaml': 'kind: DataContract\n',
    'holdout.csv': 'id,label\n1,1\n',
    'keys/trainyard.pub': key.public.pem,
  });
});
afterAll(() => world.close());

beforeEach(async () => {
  pulls += 1;
  const change = { 'train.py': `print(${pulls}0)\n`, 'rows.csv': `id\n${pulls}\n` };
  head = await world.commit(`change-${pulls}`, change, base);
  const body = { ...where, head: `change-${pulls}`, base: 'main', title: 'Change' };
  const { data } = await world.ada.request('POST /repos/{owner}/{repo}/pulls', body);
  number = z.object({ number: z.int() }).parse(data).number;
  dispatched = [];
  ports = freshPorts();
  await sighted();
});

function freshPorts(): FlowPorts {
  return flowPorts(world, key, {
    clock: { now: () => new Date('2026-11-22T10:00:00Z') },
    workflows: {
      ...world.ports.workflows,
      syncExecutionRef: async () => head,
      artifacts: async () => [OUTPUT],
      async dispatch(workflow, inputs, mark) {
        dispatched.push({ workflow, inputs, mark });
        return { id: 90 + dispatched.length, url: 'https://github.com/acme/flights/actions/runs/90' };
      },
    },
  });
}

async function sighted(): Promise<void> {
  const pull = await ports.pulls.get(number);
  const { head: shown } = pull;
  const at = Instant.parse('2026-11-22T09:00:00Z');
  const sighting = { pullRequest: number, event: 'head', sha: head, headRepository: shown.repository } as const;
  await ports.inFlight.recordSighting({ ...sighting, at, sender: 'ada' });
}

/** A comment as its delivery carries it, so that none has to be on GitHub. */
function said(body: string, at = '2026-11-22T09:30:00Z') {
  comments += 1;
  const createdAt = Instant.parse(at);
  const comment = { body, author: 'ada', authorType: 'User', authorId: null, createdAt, updatedAt: createdAt } as const;
  return { id: comments, pullRequest: number, comment };
}
const say = (body: string, at?: string) => handleComment(ports, said(body, at));

/** A run of this pull request's head that has come as far as this. */
async function ran(states: readonly RunState[], more: object = {}): Promise<ReturnType<typeof runId>> {
  const run = runId(pulls * 10);
  const origin = { kind: 'pull_request', number, commentId: 1, line: 1 } as const;
  await ranThrough(ports, { run, model: MODEL, commit: head, origin, ...more }, states);
  return run;
}

const newest = async () => {
  const [found] = await loadRuns(ports, await takePolicySnapshot(ports));
  return found?.record;
};
const runs = async () =>
  (await loadRuns(ports, await takePolicySnapshot(ports))).filter(({ record }) => record.commit === head);
const entries = async () =>
  (await loadLedger(ports, await takePolicySnapshot(ports))).entries.filter(
    ({ entry }) => 'pullRequest' in entry && entry.pullRequest === number,
  );

const TRAINING: RunState = { state: 'training', workflowRun: 1 };
const failed = (at: 'training' | 'judging'): RunState => ({
  state: 'failed',
  at,
  reason: 'failed',
  message: 'it failed',
  workflowRun: 1,
});

describe('/evaluate', () => {
  test('judges what an earlier run trained, under policy as it is now, by a run of its own', async () => {
    const earlier = await ran([TRAINING, judging(2), judged(1)]);
    expect(await say('/evaluate delay')).toMatchObject({ code: 'run_accepted', reason: 'allowed' });
    const policy = await takePolicySnapshot(ports);
    expect(await newest()).toMatchObject({
      evaluates: earlier,
      commit: head,
      policy: { commit: policy.commit },
      state: { state: 'judging', trainRun: 1, order: { policyCommit: policy.commit, run: 'python evaluate.py' } },
    });
    expect(dispatched).toMatchObject([
      { workflow: 'trainyard-judge.yml', inputs: { train_run: '1', artifact_id: '1', artifact_digest: OUTPUT.digest } },
    ]);
  });

  test('is refused where the artifacts are gone', async () => {
    await ran([TRAINING, judging(2), judged(1)]);
    ports = { ...ports, workflows: { ...ports.workflows, artifacts: async () => [{ ...OUTPUT, expired: true }] } };
    expect(await say('/evaluate delay')).toMatchObject({ code: 'refused', reason: 'nothing_to_evaluate' });
    expect(dispatched).toEqual([]);
  });
});

describe('/retry', () => {
  test('judges again what failed in judging, and trains nothing', async () => {
    const earlier = await ran([TRAINING, judging(2), failed('judging')]);
    expect(await say('/retry')).toMatchObject({ code: 'run_accepted' });
    expect(await newest()).toMatchObject({ evaluates: earlier, state: { state: 'judging' } });
    expect(dispatched.map(({ workflow }) => workflow)).toEqual(['trainyard-judge.yml']);
  });

  test('trains again what failed in training', async () => {
    const earlier = await ran([TRAINING, failed('training')]);
    expect(await say('/retry')).toMatchObject({ code: 'run_accepted' });
    expect(await newest()).toMatchObject({ evaluates: null, state: { state: 'training', workflowRun: 77 } });
    expect((await newest())?.run).not.toBe(earlier);
  });

  test('repeats a data check that could not be made, under a mark of its own', async () => {
    const result = {
      version: 1,
      dataset: 'rows',
      commit: head,
      status: 'not_checked',
      reason: 'no runner',
      rows: null,
      findings: [],
      total: 0,
      loosenings: [],
      data: null,
      contracts: [],
    };
    const state = { status: 'done', url: 'https://example.com', path: 'rows.csv', result };
    await ports.inFlight.putValidation(head, 'rows', JSON.stringify(state));
    expect(await say('/retry')).toMatchObject({ code: 'checking' });
    expect(dispatched).toMatchObject([{ workflow: 'trainyard-validate.yml' }]);
    expect(dispatched[0]?.mark).toMatch(new RegExp(`^validate rows ${head} \\(comment \\d+ line 1\\)$`));
    expect((await ports.inFlight.validations(head))['rows']).toContain('"running"');
  });

  test('is refused where nothing has failed', async () => {
    await ran([TRAINING, judging(2), judged(1)]);
    expect(await say('/retry')).toMatchObject({ code: 'refused', reason: 'nothing_to_retry' });
  });
});

test('/validate checks a dataset again, also one that is not changed', async () => {
  expect(await say('/validate rows')).toMatchObject({ code: 'checking' });
  expect(dispatched).toMatchObject([
    { workflow: 'trainyard-validate.yml', inputs: { orders: expect.stringContaining(head) } },
  ]);
});

describe('/cancel', () => {
  test('ends a run and leaves alone one that was begun after the comment', async () => {
    const at = Date.parse('2026-11-22T09:40:00Z');
    await ran([TRAINING], { run: ulid(at, new Uint8Array(10).fill(pulls)) });
    expect(await say('/cancel all')).toMatchObject({ message: expect.stringMatching(/goes on$/) });
    expect(ports.cancelled).toEqual([]);
    expect(await say('/cancel all', '2026-11-22T09:50:00Z')).toMatchObject({ code: 'run_cancelled' });
    expect(ports.cancelled).toEqual([1]);
  });
});

describe('a decision of a person', () => {
  test('is entered once, also when its comment is delivered again after all in flight was lost', async () => {
    const comment = said('/hold for the review');
    expect(await handleComment(ports, comment)).toMatchObject({ code: 'held' });
    ports = freshPorts();
    await sighted();
    await handleComment(ports, comment);
    expect((await entries()).map(({ entry }) => entry)).toMatchObject([
      { kind: 'hold', reason: 'for the review', by: 'ada', operation: `comment ${comment.id} line 1` },
    ]);
  });

  test('counts for the lines after it', async () => {
    expect(await say('/hold\n/unhold\n/lock delay\n/unlock delay')).toMatchObject({ code: 'released' });
    expect((await entries()).map(({ entry }) => entry.kind)).toEqual(['hold', 'unhold', 'lock']);
  });

  test('is listed by /status', async () => {
    await say('/hold wait for the labels --for 2d\n/lock model:delay --keep');
    expect(await say('/status')).toMatchObject({
      message: expect.stringMatching(
        /on hold by ada: wait for the labels \(until .*\)\nmodel delay is locked by ada in #\d+/,
      ),
    });
    await say('/unlock model:delay');
  });
});

describe('a comment', () => {
  test('that is known as edited never runs, although its delivery shows it as it was', async () => {
    const comment = said('/train delay');
    await noteChangedComment(ports, { id: comment.id, change: 'edited' });
    expect(await handleComment(ports, comment)).toMatchObject({ code: 'ignored', reason: 'comment_edited' });
    expect(await runs()).toEqual([]);
  });

  test('that was handled is left alone when it is delivered under another id', async () => {
    const comment = said('/train delay');
    expect(await handleComment(ports, comment)).toMatchObject({ code: 'run_accepted' });
    expect(await handleComment(ports, comment)).toMatchObject({ code: 'ignored', reason: 'already_handled' });
    expect(await runs()).toHaveLength(1);
  });

  test('has one entry in the audit chain, with a line for each of its commands', async () => {
    await say('/train delay\n/trian delay\n/retry');
    const stored = await ports.ledger.head(AUDIT_REF);
    const { entry } = decodeAudit(stored?.envelope ?? new Uint8Array(), [key.public]);
    expect(entry).toMatchObject({ by: 'ada', via: 'comment' });
    expect(entry.lines.map(({ line, command, verdict, reason, sha }) => [line, command, verdict, reason, sha])).toEqual(
      [
        [1, '/train delay', 'allowed', 'allowed', head],
        [2, '/trian delay', 'refused', 'unknown_command', head],
        [3, '/retry', 'refused', 'nothing_to_retry', head],
      ],
    );
    expect(entry.lines[0]?.policyDigest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('by a bot that policy does not name is left alone', async () => {
    const { comment, ...event } = said('/train delay');
    const bot = { ...event, comment: { ...comment, author: 'helpful[bot]', authorType: 'Bot' as const } };
    expect(await handleComment(ports, bot)).toMatchObject({ code: 'ignored', reason: 'comment_by_bot' });
    expect(await ports.inFlight.notices(number)).toEqual([]);
  });

  test('is refused, and nothing is begun, where GitHub does not tell who may do what', async () => {
    const role = async () => {
      throw new PortError('forbidden', 'no');
    };
    ports = { ...ports, permissions: { ...ports.permissions, role } };
    expect(await say('/train delay')).toMatchObject({ code: 'refused', reason: 'facts_unavailable' });
    expect(await runs()).toEqual([]);
  });
});

test('what is in flight of one pull request serves no other', async () => {
  ports = { ...ports, inFlight: memory() };
  const at = Instant.parse('2026-11-22T09:00:00Z');
  const elsewhere = { pullRequest: number + 1, event: 'head', sha: head, headRepository: `${OWNER}/${REPO}` } as const;
  await ports.inFlight.recordSighting({ ...elsewhere, at, sender: 'ada' });
  expect(await say('/train delay')).toMatchObject({ code: 'refused', reason: 'head_not_sighted' });
});
