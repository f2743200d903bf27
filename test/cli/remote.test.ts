import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { RunState } from '../../core/ledger/run.ts';
import type { GitId, RunId } from '../../core/names.ts';
import type { RepositoryEvent } from '../../local/events.ts';
import { OWNER, REPO, startWorld, type World } from '../adapters/github/world.ts';
import { CONFIG_TEXT, makeKey, runId } from '../core/samples.ts';
import { flowPorts, judged, judging, ranThrough } from '../flows/ports.ts';
import { call } from './world.ts';

const key = makeKey();
let world: World;
let head: GitId;
let variables: Record<string, string>;
let reader: string;
/** What was asked for, and how the App of this test answers. */
let asked: { type: string; payload: Record<string, unknown> }[] = [];
let answer: ((type: string) => Promise<{ ok: boolean; title: string; summary: string; text?: string } | null>) | null;
let unsubscribe: () => void;

const Dispatch = z.object({ action: z.string(), client_payload: z.looseObject({ id: z.string() }) });

beforeAll(async () => {
  world = await startWorld();
  head = await world.commit('main', { [CONFIG_PATH]: CONFIG_TEXT, 'keys/trainyard.pub': key.public.pem });
  const { github } = world;
  const repository = github.repository(OWNER, REPO);
  const carol = github.createUser('carol');
  reader = github.createUser('dora').token;
  github.addCollaborator(repository, 'carol', 'write');
  github.addCollaborator(repository, 'dora', 'read');
  variables = {
    GITHUB_TOKEN: carol.token,
    GITHUB_REPOSITORY: `${OWNER}/${REPO}`,
    GITHUB_API_URL: github.urls.api,
  };
  unsubscribe = github.onEvent((event) => void respond(event));
});
beforeEach(() => {
  asked = [];
  answer = null;
});
afterAll(async () => {
  unsubscribe();
  await world.close();
});

/** Answers as the App does: with a check on the default branch's head that carries the request's id. */
async function respond({ event, action, payload }: RepositoryEvent): Promise<void> {
  if (event !== 'repository_dispatch') return;
  const { client_payload: request } = Dispatch.parse({ action, ...payload });
  const type = (action ?? '').replace('trainyard-', '');
  asked.push({ type, payload: request });
  const given = await answer?.(type);
  if (given == null) return;
  await world.ports.checks.put({
    name: `trainyard / request: ${type}`,
    sha: head,
    externalId: request.id,
    status: 'completed',
    conclusion: given.ok ? 'success' : 'failure',
    title: given.title,
    summary: given.summary,
    ...(given.text === undefined ? {} : { text: given.text }),
  });
}

const says = (ok: boolean, title: string, summary: string) => async () => ({ ok, title, summary });
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 20));
const trainyard = (line: string, more: Readonly<Record<string, string>> = {}) =>
  call(line.split(' '), { variables: { ...variables, ...more }, slept: pause });

describe.each([
  ['promote', 'promote flight-delay@v1.0.0 production', { version: 'flight-delay@v1.0.0', stage: 'production' }],
  ['reconcile', 'reconcile --word looked', { word: 'looked' }],
])('%s', (type, line, payload) => {
  test('sends the request and ends at once', async () => {
    const { code, out } = await trainyard(line);
    expect([code, out]).toEqual([0, expect.stringMatching(/^asked for, as request [0-9A-Z]{26}$/)]);
    expect(asked).toEqual([{ type, payload: { ...payload, id: expect.stringMatching(/^[0-9A-Z]{26}$/) } }]);
  });

  test('says the request’s id as JSON', async () => {
    const { code, out } = await trainyard(`${line} --json`);
    expect([code, JSON.parse(out)]).toEqual([0, { request: expect.stringMatching(/^[0-9A-Z]{26}$/) }]);
  });

  test('ends with 0 when what was waited for is good', async () => {
    answer = says(true, 'done', 'it is in production');
    expect(await trainyard(`${line} --wait`)).toEqual({ code: 0, out: 'done\nit is in production', err: '' });
  });

  test('ends with 1 when the request was refused', async () => {
    answer = says(false, 'refused', 'carol may not');
    const { code, out } = await trainyard(`${line} --wait --json`);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, title: 'refused', summary: 'carol may not' });
  });

  test('ends with 2 when nobody answers in time', async () => {
    const { code, err } = await trainyard(`${line} --wait --timeout 3`);
    expect([code, err]).toEqual([2, expect.stringMatching(/no answer to request .* within 3 s: is the App running/)]);
  });

  test.each([
    ['a token that may only read', () => ({ GITHUB_TOKEN: reader })],
    ['a token that is none', () => ({ GITHUB_TOKEN: 'nonsense' })],
    ['a repository that is not there', () => ({ GITHUB_REPOSITORY: `${OWNER}/nothing` })],
  ])('ends with 2 for %s, and says what to look at', async (_, change) => {
    const { code, out, err } = await trainyard(line, change());
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/HTTP 40[134].*may your token see it/);
  });
});

/** A run that went through these states, and a word of the App that it was accepted. */
async function ran(number: number, ...states: RunState[]): Promise<RunId> {
  const run = runId(number);
  await ranThrough(flowPorts(world, key), { run }, [{ state: 'training', workflowRun: 1 }, ...states]);
  return run;
}

describe('train', () => {
  const line = 'train flight-delay --ref main --set learning_rate=0.2';

  test('ends once the run is accepted', async () => {
    answer = says(true, 'accepted', `run ${runId(1)} trains flight-delay`);
    const { code, out } = await trainyard(`${line} --json`);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, run: runId(1) });
    expect(asked[0]?.payload).toMatchObject({ model: 'flight-delay', ref: 'main', set: { learning_rate: '0.2' } });
  });

  test('ends with 1 when it is refused', async () => {
    answer = says(false, 'refused', 'only the default branch can be trained');
    const { code, out } = await trainyard(line);
    expect([code, out]).toEqual([1, 'only the default branch can be trained']);
  });

  test('with --wait ends with 0 for a candidate whose evidence is in the ledger', async () => {
    const run = await ran(2, judging(2), judged(2));
    answer = says(true, 'accepted', `run ${run} trains flight-delay`);
    const { code, out } = await trainyard(`${line} --wait`);
    expect([code, out]).toEqual([0, `run ${run} is candidate`]);
  });

  test('with --wait ends with 1 for a held run, with its reasons', async () => {
    const run = await ran(3, judging(2), { ...judged(3), verdict: 'held', reasons: ['roc_auc is 0.6'] });
    answer = says(true, 'accepted', `run ${run} trains flight-delay`);
    const { code, out } = await trainyard(`${line} --wait --json`);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, verdict: 'held', message: /roc_auc is 0\.6/ });
  });

  test('with --wait ends with 1 for a run that failed, and says how', async () => {
    const failed = {
      state: 'failed',
      at: 'training',
      reason: 'failed',
      message: 'exit code 3',
      workflowRun: 1,
    } as const;
    const run = await ran(4, failed);
    answer = says(true, 'accepted', `run ${run} trains flight-delay`);
    const { code, out } = await trainyard(`${line} --wait`);
    expect([code, out]).toEqual([1, `run ${run} is failed: exit code 3`]);
  });

  test('with --wait ends with 2 when the run does not end in time', async () => {
    answer = says(true, 'accepted', `run ${runId(9)} trains flight-delay`);
    const { code, err } = await trainyard(`${line} --wait --timeout 2`);
    expect([code, err]).toEqual([2, expect.stringMatching(/has not ended within 2 s; it goes on/)]);
  });
});

describe('verify', () => {
  test('ends with 0 when signatures, chain, runs and tags agree', async () => {
    const { code, out } = await trainyard('verify');
    expect([code, out]).toEqual([0, expect.stringMatching(/\d+ entries: signatures, chain, runs and tags agree$/)]);
    const { out: json } = await trainyard('verify --json');
    expect(JSON.parse(json)).toMatchObject({ ok: true, problems: [] });
  });

  test('needs no more than to read', async () => {
    expect(await trainyard('verify', { GITHUB_TOKEN: reader })).toMatchObject({ code: 0 });
  });

  test('ends with 1 for a tag that no signed entry stands behind', async () => {
    await world.ports.tags.create({ name: 'flight-delay#production#9', target: head, message: 'by hand' });
    const { code, out } = await trainyard('verify --json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/^flight-delay: .*flight-delay#production#9/)],
    });
  });

  test('ends with 1 for an entry that another key signed', async () => {
    const other = flowPorts(world, makeKey());
    const envelope = await other.signer.sign(Buffer.from('{}'));
    const chain = await world.ports.ledger.chain('refs/trainyard/ledger');
    await world.ports.ledger.append(
      'refs/trainyard/ledger',
      chain.at(-1)?.commit ?? null,
      Buffer.from(JSON.stringify(envelope)),
      'forged',
    );
    const { code, out } = await trainyard('verify');
    expect([code, out]).toEqual([1, expect.stringMatching(/✗ refs\/trainyard\/ledger can't be trusted/)]);
  });

  test('ends with 2 for a repository that the token may not see', async () => {
    expect(await trainyard('verify --repo acme/secret')).toMatchObject({ code: 2, out: '' });
  });
});

describe('reconcile', () => {
  const changes = ['#1: our comment was not there', 'push 1234: nobody had told of it'];
  beforeEach(() => {
    answer = async () => ({
      ok: true,
      title: 'done',
      summary: 'all agree',
      text: changes.map((one) => `- ${one}`).join('\n'),
    });
  });

  test('says what was changed, one line each', async () => {
    const { out } = await trainyard('reconcile --wait');
    expect(out.split('\n')).toEqual(['done', 'all agree', ...changes.map((one) => `- ${one}`)]);
    expect(asked).toMatchObject([{ type: 'reconcile', payload: {} }]);
  });

  test('gives them as a list in the JSON', async () => {
    expect(JSON.parse((await trainyard('reconcile --wait --json')).out)).toMatchObject({ ok: true, changes });
  });
});
