import { createPublicKey } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { gitAccess } from '../../adapters/github/git-access.ts';
import { githubPorts } from '../../adapters/github/ports.ts';
import { loadLedger } from '../../flows/ledger.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import type { Exchange } from '../../local/http/api.ts';
import { type ReplicaProcess, replicaProcesses, until } from '../app/replicas.ts';
import { type AppWorld, asAda, startAppWorld } from '../app/world.ts';
import { commitFiles } from '../local/world.ts';
import { type Front, startFront } from './front.ts';
import { TEAM, TRAIN } from './team.ts';

const AT = { owner: 'flights', repo: 'delay' };
const PULLS = [1, 2, 3, 4, 5, 6];
/** Commands on each pull request, in this order: two entries of the ledger, and five reactions. */
const COMMANDS = ['/hold until we know more', '/status', '/unhold', '/help', '/status'];
const BOT = 'trainyard[bot]';
/** A reaction that is there already is answered with 200. */
const MADE = 201;
const Check = z.object({ name: z.string(), head_sha: z.string() });

let world: AppWorld;
let front: Front;
let replicas: ReplicaProcess[] = [];
let processes: ReturnType<typeof replicaProcesses>;
let database: pg.Pool;
const written: Exchange[] = [];

beforeAll(async () => {
  world = await startAppWorld(undefined, (exchange) => {
    if (exchange.by === BOT && exchange.method !== 'GET' && exchange.status < 300) written.push(exchange);
  });
  database = new pg.Pool({ connectionString: world.config.databaseUrl ?? '' });
  const key = createPublicKey(world.config.signingKey).export({ type: 'spki', format: 'pem' }).toString();
  await commitFiles(asAda(world), world.repository, 'main', { ...TEAM, 'keys/trainyard.pub': key });
  processes = replicaProcesses(world, '../end-to-end/slow-app.ts');
  // What waits for a replica that is gone is not to wait long here, and none is to lose its lease for a busy machine.
  const settings = { TRAINYARD_LEASE_SECONDS: '4', TRAINYARD_TIMER_SECONDS: '5' };
  replicas = await Promise.all([1, 2, 3].map(() => processes.start(settings)));
  front = await startFront(() => replicas.map(({ webhooks }) => new URL(webhooks).origin));
  world.github.setWebhookUrl(world.app.id, `${front.url}/api/github/webhooks`);
}, 120_000);
afterAll(async () => {
  await processes?.close();
  await front?.close();
  await database?.end();
  await world?.close();
});

const posts = (route: string) =>
  written.filter((one) => one.status === MADE && one.method === 'POST' && one.route === route);
const REACTIONS = '/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions';
const COMMENTS = '/repos/{owner}/{repo}/issues/{issue_number}/comments';
const CHECKS = '/repos/{owner}/{repo}/check-runs';

async function propose(number: number): Promise<string> {
  const branch = `feature-${number}`;
  const head = await commitFiles(asAda(world), world.repository, branch, {
    'greeter/train.py': `${TRAIN}# ${number}\n`,
  });
  const { data } = await asAda(world).rest.pulls.create({ ...AT, head: branch, base: 'main', title: branch });
  expect(data.number).toBe(number);
  return head;
}

const planned = (head: string): boolean =>
  posts(CHECKS).some(({ requestBody }) => {
    const check = Check.parse(requestBody);
    return check.head_sha === head && check.name === 'trainyard / plan';
  });

/** Flows that wait, run or come again. */
async function unfinished(): Promise<number> {
  const sql = `select count(*)::int as n from dbos.workflow_status where status in ('ENQUEUED', 'PENDING', 'DELAYED')`;
  return z.object({ n: z.number() }).parse((await database.query(sql)).rows[0]).n;
}

async function quiet(seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (let still = 0; still < 5; await wait(200)) {
    still = (await unfinished()) === 0 ? still + 1 : 0;
    if (Date.now() > deadline) throw new Error(`expected all flows to end within ${seconds} s`);
  }
}

describe('three replicas on one database, of which one is killed and one is stopped under load', () => {
  const asked: number[] = [];
  let heads: string[] = [];

  test('carry out each command once, and the one that goes on after it was taken over writes nothing', async () => {
    heads = [];
    for (const number of PULLS) heads.push(await propose(number));
    await until(() => expect(heads.filter((head) => !planned(head))).toEqual([]), 60);
    for (const body of COMMANDS) {
      for (const number of PULLS) {
        const { data } = await asAda(world).rest.issues.createComment({ ...AT, issue_number: number, body });
        asked.push(data.id);
      }
    }
    await until(() => expect(posts(REACTIONS).length).toBeGreaterThan(5), 60);
    const [first, killed, stopped] = replicas;
    killed?.kill('SIGKILL');
    await wait(300);
    stopped?.kill('SIGSTOP');
    await until(() => expect(posts(REACTIONS).length).toBeGreaterThanOrEqual(asked.length), 150);
    await quiet(60);
    const before = written.length;
    stopped?.kill('SIGCONT');
    expect(await stopped?.gone).toEqual([1, null]);
    await quiet(30);
    // The one that is left may have shown something anew on its timer; nothing is made.
    expect(written.slice(before).filter(({ status }) => status === MADE)).toEqual([]);
    expect(first?.child.exitCode).toBeNull();
  }, 400_000);

  test('react to each command once', () => {
    const reacted = posts(REACTIONS).map(({ path }) => Number(/comments\/(\d+)\//.exec(path)?.[1]));
    expect(reacted.toSorted((a, b) => a - b)).toEqual(asked.toSorted((a, b) => a - b));
  });

  test('make one comment on each pull request', () => {
    const commented = posts(COMMENTS).map(({ path }) => Number(/issues\/(\d+)\//.exec(path)?.[1]));
    expect(commented.toSorted()).toEqual(PULLS);
  });

  test('make one check of each name on each head', () => {
    const made = posts(CHECKS).map(({ requestBody }) => {
      const { name, head_sha: head } = Check.parse(requestBody);
      return `${heads.indexOf(head) + 1} ${name}`;
    });
    const wanted = PULLS.flatMap((number) => ['plan', 'ready'].map((name) => `${number} trainyard / ${name}`));
    expect(made.toSorted()).toEqual(wanted.toSorted());
  });

  test('enter each hold and its end once, in the order in which they were asked for', async () => {
    const { ada } = world;
    const git = gitAccess(world.github.urls.api, AT, { token: async () => ada.token, now: () => new Date() });
    const ports = githubPorts({ octokit: asAda(world), repository: AT, git, self: BOT });
    const { entries } = await loadLedger(ports, await takePolicySnapshot(ports));
    const held = entries.flatMap(({ entry }) =>
      entry.kind === 'hold' || entry.kind === 'unhold' ? [`${entry.pullRequest} ${entry.kind}`] : [],
    );
    const byPull = Map.groupBy(held, (line) => Number.parseInt(line, 10));
    expect(PULLS.map((number) => byPull.get(number))).toEqual(PULLS.map((n) => [`${n} hold`, `${n} unhold`]));
  });
});
