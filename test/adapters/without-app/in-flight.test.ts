import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, githubApi, type Requester } from '../../../adapters/github/api.ts';
import { githubPorts } from '../../../adapters/github/ports.ts';
import { jobInFlight } from '../../../adapters/without-app/in-flight.ts';
import { sightingsOf } from '../../../adapters/without-app/sightings.ts';
import { type GitId, Instant } from '../../../core/names.ts';
import { COMMENT_MARKER } from '../../../core/reports/comment.ts';
import type { Notice, PullRequest } from '../../../flows/ports.ts';
import { OWNER, REPO, startWorld, type World } from '../github/world.ts';

const repository = { owner: OWNER, repo: REPO };
let world: World;
let pull: number;
/** The head that was left behind, and the present one. */
let left: GitId;
let head: GitId;

beforeAll(async () => {
  world = await startWorld();
  const base = await world.commit('main', { 'README.md': 'hello\n' });
  left = await world.commit('change', { 'README.md': 'one\n' }, base);
  head = await world.commit('change', { 'README.md': 'two\n' }, left);
  const body = { ...repository, title: 'Change', head: 'change', base: 'main' };
  const { data } = await world.ada.request('POST /repos/{owner}/{repo}/pulls', body);
  pull = Number(Object(data).number);
});
afterAll(() => world.close());

/** A job of its own, which remembers nothing of others. */
function newJob(octokit: Requester = world.ada, self = 'ada') {
  const ports = githubPorts({ octokit, git: world.git, repository, self });
  const api = githubApi({ octokit, repository });
  const url = async () => (await ports.source.repository()).url;
  return { api, ports, ...jobInFlight({ api, pulls: ports.pulls, comments: ports.comments, self, url }) };
}

function notice(key: string): Notice {
  const at = Instant.parse('2026-11-01T10:00:00Z');
  return { pullRequest: pull, key, at, author: 'ada', command: '/train', tone: 'ok', message: `answer to ${key}` };
}

const show = (job: ReturnType<typeof newJob>) =>
  job.comments.putSticky(pull, COMMENT_MARKER, `${COMMENT_MARKER}\n## ready`);

describe('what jobs have to say', () => {
  test('reaches a later job by way of the one comment', async () => {
    const first = newJob();
    await first.inFlight.putNotice(notice('1'));
    await first.inFlight.putValidation(head, 'rows', '{"status":"running"}');
    await show(first);
    const second = newJob();
    await second.inFlight.putNotice(notice('2'));
    expect((await second.inFlight.notices(pull)).map(({ key }) => key)).toEqual(['1', '2']);
    expect(await second.inFlight.validations(head)).toEqual({ rows: '{"status":"running"}' });
    await show(second);
    expect((await newJob().inFlight.notices(pull)).map(({ key }) => key)).toEqual(['1', '2']);
  });

  test('is not lost when two jobs write in turn', async () => {
    const [a, b] = [newJob(), newJob()];
    await a.inFlight.notices(pull);
    await b.inFlight.putNotice(notice('3'));
    await show(b);
    await a.inFlight.putNotice(notice('4'));
    await show(a);
    expect((await newJob().inFlight.notices(pull)).map(({ key }) => key)).toEqual(['1', '2', '3', '4']);
  });

  test('is not read from a comment of somebody else', async () => {
    expect(await newJob(world.ben, 'ben').inFlight.notices(pull)).toEqual([]);
  });

  test('is forgotten of data checks of a head that was left behind', async () => {
    const job = newJob();
    await job.inFlight.putValidation(left, 'rows', '{"status":"running"}');
    await show(job);
    expect(await newJob().inFlight.validations(left)).toEqual({});
  });
});

describe('sightings', () => {
  test('are the pushes to the branch of the pull request, with who pushed', async () => {
    const found = await newJob().inFlight.sightings(pull);
    expect(found.map(({ sha, sender, headRepository }) => ({ sha, sender, headRepository }))).toEqual(
      [head, left].map((sha) => ({ sha, sender: 'ada', headRepository: `${OWNER}/${REPO}` })),
    );
    for (const { at } of found) expect(Date.parse(at)).toBeLessThanOrEqual(Date.now());
  });

  test.each([
    ['a server that does not know the route', 404],
    ['a token that may not use it', 403],
  ])('are none with %s, so that a command has to name the head in full', async (_what, status) => {
    const { ports } = newJob();
    const api = answering(status, {});
    expect(await sightingsOf(api, await ports.pulls.get(pull))).toEqual([]);
  });

  test('are none of a deleted branch, of an impossible time, or of a fork', async () => {
    const { ports } = newJob();
    const at = { timestamp: '2026-11-01T10:00:00Z', actor: { login: 'ada' } };
    const api = answering(200, [
      { ...at, after: '0'.repeat(40) },
      { ...at, after: head, timestamp: 'yesterday' },
    ]);
    const here = await ports.pulls.get(pull);
    expect(await sightingsOf(api, here)).toEqual([]);
    const fork: PullRequest = { ...here, fork: true };
    expect(await sightingsOf(answering(200, [{ ...at, after: head }]), fork)).toEqual([]);
  });

  test('are not taken for none when GitHub does not answer', async () => {
    const { ports } = newJob();
    const here = await ports.pulls.get(pull);
    await expect(sightingsOf(answering(502, {}), here)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

/** GitHub with one answer to everything. */
function answering(status: number, data: unknown): Api {
  const octokit: Requester = {
    async request() {
      if (status >= 400) throw Object.assign(new Error('refused'), { status });
      return { status, headers: {}, data, url: '' };
    },
  };
  return githubApi({ octokit, repository });
}
