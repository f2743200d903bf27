import { Octokit } from 'octokit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type App, createApp, WEBHOOK_PATH } from '../../app/app.ts';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { handleEvent } from '../../flows/handle.ts';
import { type AppWorld, startAppWorld } from '../app/world.ts';
import { makeKey } from '../core/samples.ts';
import { type FaultProxy, startFaultProxy } from '../fakes/fault-proxy.ts';
import type { Fault } from '../fakes/faults.ts';

const where = { owner: 'flights', repo: 'delay' };
/** Seconds: longer than a step waits. */
const REFUSED_FOR = 9;

let world: AppWorld;
let proxy: FaultProxy;
let app: App;
let ada: Octokit;
let logged: string[] = [];

beforeAll(async () => {
  world = await startAppWorld();
  proxy = await startFaultProxy(world.config.githubUrl, { retryAfter: REFUSED_FOR });
  ada = new Octokit({ auth: world.ada.token, baseUrl: world.config.githubUrl, throttle: { enabled: false } });
  const log = (message: string) => void logged.push(message);
  app = await createApp({
    config: { ...world.config, githubUrl: proxy.apiUrl },
    handle: handleEvent,
    lost() {},
    log: { info: log, error: log },
  });
  world.github.setWebhookUrl(world.app.id, app.url + WEBHOOK_PATH);
  await commit('main', {
    [CONFIG_PATH]: `version: 1
models:
  delay: { inputs: [train.py], train: { run: python train.py } }
policy:
  signing: { keys: [keys/trainyard.pub] }
`,
    'train.py': 'print(1)\n',
    'keys/trainyard.pub': makeKey().public.pem,
  });
  await commit('change', { 'train.py': 'print(2)\n' });
  await ada.request('POST /repos/{owner}/{repo}/pulls', { ...where, title: 'Change', head: 'change', base: 'main' });
  await said(/train/);
});
afterAll(async () => {
  world.github.setWebhookUrl(world.app.id, null);
  await app?.close();
  await proxy?.close();
  await world?.close();
});

async function commit(branch: string, files: Record<string, string>): Promise<void> {
  const git = world.github.git(world.repository);
  const parent = await git.ref('refs/heads/main');
  const entries = Object.entries(files).map(
    ([path, content]) => ({ path, content, mode: '100644', type: 'blob' }) as const,
  );
  const base = parent === undefined ? {} : { base_tree: parent };
  const tree = await ada.request('POST /repos/{owner}/{repo}/git/trees', { ...where, tree: entries, ...base });
  const made = await ada.request('POST /repos/{owner}/{repo}/git/commits', {
    ...where,
    message: branch,
    tree: tree.data.sha,
    parents: parent === undefined ? [] : [parent],
  });
  await ada.request('POST /repos/{owner}/{repo}/git/refs', {
    ...where,
    ref: `refs/heads/${branch}`,
    sha: made.data.sha,
  });
}

async function comments(): Promise<string[]> {
  const { data } = await ada.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...where,
    issue_number: 1,
  });
  return data.map(({ body }) => (body ?? '').replaceAll('\\', ''));
}

const said = (words: RegExp) =>
  vi.waitFor(async () => expect(await comments()).toContainEqual(expect.stringMatching(words)), {
    timeout: 90_000,
    interval: 200,
  });

test.each<[Fault, RegExp]>([
  ['429 with retry-after', /GitHub’s limits on requests kept us waiting/],
  ['502', /GitHub or the App’s database could not be reached/],
])(
  'a command given while GitHub answers %s is carried out when it is over, and the comment says so',
  async (fault, words) => {
    logged = [];
    let away = true;
    proxy.follow(() => (away ? fault : null));
    const { data } = await ada.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...where,
      issue_number: 1,
      body: '/status',
    });
    await vi.waitFor(() => expect(logged).toContain('postponed'), { timeout: 60_000, interval: 50 });
    away = false;
    const asked = proxy.applied().length;
    await said(words);
    // Of one refusal nothing more was asked until its time.
    if (fault !== '502') expect(asked).toBe(1);
    const reactions = await ada.request('GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', {
      ...where,
      comment_id: data.id,
    });
    expect(reactions.data.map(({ content }) => content)).toEqual(['eyes']);
    const own = (await comments()).filter((body) => body.includes('<!--'));
    expect(own).toHaveLength(1);
    expect(own[0]?.match(/handled late/g)).toHaveLength(1);
  },
);
