import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { comment } from '../scripts/demo/people.ts';
import { createWorld, type World } from '../scripts/demo/world.ts';
import { CACHE } from '../scripts/python-environment.ts';
import { type BenchRow, median, report } from './table.ts';

/**
 * From a signed webhook to the reaction that people see, at the wire of the local GitHub: commands that are accepted,
 * refused and misspelt, against a bare Probot handler that looks at nothing and only reacts.
 */
const ROUNDS = Number(
  process.argv.find((argument) => argument.startsWith('--rounds='))?.slice('--rounds='.length) ?? 50,
);
/** Milliseconds without a request of the App, after which the next comment does not wait behind the last. */
const QUIET = 250;
const KINDS = [
  ['/status', 'accepted /status'],
  ['/train no-such-model', 'refused /train'],
  ['/trian', 'misspelt /trian'],
] as const;

const sent = new Map<number, number>();
const reacted = new Map<string, number>();
let last = performance.now();

mkdirSync(CACHE, { recursive: true });
const directory = mkdtempSync(join(CACHE, 'bench-reaction-'));
const world = await createWorld({
  directory,
  settings: { TRAINYARD_TIMER_SECONDS: '3600' },
  observeDelivery({ event, payload }) {
    if (event !== 'issue_comment') return;
    const { action, comment: told } = payload as { action: string; comment: { id: number } };
    // Both Apps are told in one go.
    if (action === 'created' && !sent.has(told.id)) sent.set(told.id, performance.now());
  },
  observe({ method, route, path, by }) {
    if (by !== 'trainyard[bot]' && by !== 'bare[bot]') return;
    last = performance.now();
    const id = /\/comments\/(\d+)\/reactions$/.exec(path)?.[1];
    if (method === 'POST' && id !== undefined && route.endsWith('/reactions')) reacted.set(`${by} ${id}`, last);
  },
});
const bare = await startBare(world);

try {
  const number = await propose(world);
  const rows: BenchRow[] = [];
  await quiet(2000);
  const peer = await latencies(number, 'not for us', 'bare[bot]');
  for (const [command, what] of KINDS) {
    const ours = await latencies(number, command, 'trainyard[bot]');
    rows.push(row(`${what}, median`, median(ours), median(peer)), row(`${what}, p99`, p99(ours), p99(peer)));
  }
  report('reaction', rows);
} finally {
  bare.kill('SIGTERM');
  await world.close();
  rmSync(directory, { recursive: true, force: true });
}

function row(what: string, ours: number, peer: number): BenchRow {
  return { what, ours, peer, peerName: 'bare Probot', unit: 'ms', better: 'lower' };
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? Number.NaN;
}

async function latencies(number: number, body: string, by: string): Promise<readonly number[]> {
  const times: number[] = [];
  // The first three warm connections and caches.
  for (let round = -3; round < ROUNDS; round += 1) {
    const id = await comment(world, world.ada, number, body);
    while (!reacted.has(`${by} ${id}`)) await wait(2);
    if (round >= 0) times.push((reacted.get(`${by} ${id}`) ?? Number.NaN) - (sent.get(id) ?? Number.NaN));
    await quiet(QUIET);
  }
  return times;
}

async function quiet(milliseconds: number): Promise<void> {
  last = performance.now();
  while (performance.now() - last < milliseconds) await wait(10);
}

async function propose({ ada, team, work }: World): Promise<number> {
  await work.git('checkout', '-q', '-b', 'reaction');
  writeFileSync(join(work.directory, 'NOTES.md'), 'Nothing that a model reads.\n');
  await work.commitAll('Add notes');
  await work.git('push', '-q', 'origin', 'reaction');
  const { data } = await ada.octokit.rest.pulls.create({ ...team, head: 'reaction', base: 'main', title: 'React' });
  return data.number;
}

async function startBare({ github, apiUrl }: World): Promise<ChildProcess> {
  const secret = 'a secret of the benchmark';
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare-probot.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' },
  });
  const [line] = await once(createInterface({ input: child.stdout ?? process.stdin }), 'line');
  const app = github.createApp({
    slug: 'bare',
    owner: 'acme',
    webhookUrl: String(line),
    webhookSecret: secret,
    permissions: { issues: 'write', metadata: 'read', pull_requests: 'read' },
    events: ['issue_comment'],
  });
  github.installApp(app, 'acme');
  const settings = { appId: app.id, privateKey: app.privateKeyPem, secret, baseUrl: apiUrl, reacts: true };
  child.stdin?.end(JSON.stringify(settings));
  return child;
}
