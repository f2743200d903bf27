import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENVELOPE_FILE, LEDGER_REF, PAYLOAD_TYPE, RUN_REF_PREFIX } from '../../core/ledger/entry.ts';
import { encodeEnvelope, pae, sealEnvelope } from '../../core/ledger/envelope.ts';
import { parsePublicKey } from '../../core/ledger/keys.ts';
import type { RunRecord } from '../../core/ledger/run.ts';
import { runStatement, statementBytes } from '../../core/ledger/statement.ts';
import { RunId } from '../../core/names.ts';
import { checksOf, concluded, tagNames } from '../../scripts/demo/observe.ts';
import { squashMerge } from '../../scripts/demo/people.ts';
import { until } from '../../scripts/demo/wait.ts';
import { expectReasons } from './refusal-reasons.ts';
import { TRAIN } from './team.ts';
import { openTeamWorld, type Proposed, type TeamWorld } from './world.ts';

/** What somebody with write access and without the key can do to the records, and what it gains them: nothing. */

let team: TeamWorld;
/** Its run is the version in staging. */
let first: Proposed;
/** Affects the model and is not trained: `ready` asks for that, as long as nothing is frozen. */
let next: Proposed;

beforeAll(async () => {
  team = await openTeamWorld('forged', { settings: { TRAINYARD_TIMER_SECONDS: '5' } });
  first = await team.propose('first', { 'greeter/train.py': `${TRAIN}# first\n` });
  await team.say(first.number, '/train');
  await team.check(first.head, 'trainyard / ready', concluded('success'), 120);
  await squashMerge(team.world, team.world.ada, first.number);
  await team.comment(first.number, /greeter@v1\.0\.0 was promoted/, 60);
  next = await team.propose('next', { 'greeter/train.py': `${TRAIN}# next\n` });
  await team.check(next.head, 'trainyard / ready', asksToTrain);
}, 300_000);
afterAll(async () => {
  await team?.close();
});

const asksToTrain = concluded('action_required', /comment \/train greeter/);

/** The newest issue with such a title. */
async function issue(title: RegExp): Promise<{ state: string; body: string } | undefined> {
  const { ben, team: repository } = team.world;
  const { data } = await ben.octokit.rest.issues.listForRepo({ ...repository, state: 'all', per_page: 100 });
  const found = data.find((issue) => issue.pull_request === undefined && title.test(issue.title));
  return found === undefined ? undefined : { state: found.state, body: found.body ?? '' };
}

const freezeIssue = () => issue(/greeter is frozen/);

/** Commits one file as an entry, as Ben. */
async function entry(content: string, parents: string[]): Promise<string> {
  const { ben, team: repository } = team.world;
  const tree = await ben.octokit.rest.git.createTree({
    ...repository,
    tree: [{ path: ENVELOPE_FILE, mode: '100644', type: 'blob', content }],
  });
  const { data } = await ben.octokit.rest.git.createCommit({
    ...repository,
    message: 'entry',
    tree: tree.data.sha,
    parents,
  });
  return data.sha;
}

/** The record, signed by a key of Ben's. */
function forge(record: RunRecord): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const statement = statementBytes(runStatement(record));
  const key = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const signature = sign('sha256', pae(PAYLOAD_TYPE, statement), { key, dsaEncoding: 'der' });
  const { keyid } = parsePublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  return Buffer.from(encodeEnvelope(sealEnvelope(statement, keyid, signature))).toString('utf8');
}

async function head(ref: string): Promise<string> {
  const { ben, team: repository } = team.world;
  return (await ben.octokit.rest.git.getRef({ ...repository, ref: ref.replace('refs/', '') })).data.object.sha;
}

async function point(ref: string, sha: string): Promise<void> {
  const { ben, team: repository } = team.world;
  await ben.octokit.rest.git.updateRef({ ...repository, ref: ref.replace('refs/', ''), sha, force: true });
}

test('a run that somebody else signed is shown nowhere and makes nothing ready', async () => {
  const [real] = await team.runs({ pull: first.number });
  if (real === undefined) throw new Error('there is a run');
  const run = RunId.parse(`7${real.record.run.slice(1)}`);
  const { ben, team: repository } = team.world;
  const origin = { kind: 'pull_request', number: next.number, commentId: 1, line: 1 } as const;
  const content = forge({ ...real.record, run, origin, commit: next.head as RunRecord['commit'] });
  await ben.octokit.rest.git.createRef({
    ...repository,
    ref: `${RUN_REF_PREFIX}${run}`,
    sha: await entry(content, []),
  });
  expect(await team.answer(await team.say(next.number, '/status'))).toBe('done');
  const body = await team.comment(next.number, /\/status/);
  expect(body).not.toContain(run);
  await team.check(next.head, 'trainyard / ready', asksToTrain);
  expect((await team.runs()).map(({ record }) => record.run)).not.toContain(run);
}, 60_000);

test('a version tag that was moved freezes the model, and a person’s word lifts it once it is back', async () => {
  const { ben, team: repository, work } = team.world;
  const tag = 'refs/tags/greeter@v1.0.0';
  const before = await head(tag);
  const moved = await ben.octokit.rest.git.createTag({
    ...repository,
    tag: 'greeter@v1.0.0',
    message: 'greeter 1.0.0',
    object: next.head,
    type: 'commit',
  });
  await point(tag, moved.data.sha);
  const reported = await until('an issue reports the freeze', 30, freezeIssue);
  expect(reported).toMatchObject({ state: 'open', body: expect.stringContaining('greeter') });
  await team.check(next.head, 'trainyard / ready', concluded('failure', /frozen/i));
  const refused = await team.trainyard(['promote', 'greeter@v1.0.0', 'production', '--wait'], 1);
  expect(refused).toMatch(/frozen/i);
  expect(await team.answer(await team.say(next.number, '/promote greeter@v1.0.0 to production'))).toBe('refused');
  await team.comment(next.number, /frozen/);
  await team.trainyard(['verify'], 1);
  // A word alone lifts nothing while the cause is there.
  await team.trainyard(['reconcile', '--word', 'never mind', '--wait'], 1);

  await point(tag, before);
  await team.trainyard(['reconcile', '--word', 'ben put the tag back', '--wait']);
  await until('the issue is closed', 20, async () => (await freezeIssue())?.state === 'closed');
  await team.check(next.head, 'trainyard / ready', asksToTrain);
  await team.trainyard(['verify']);
  await work.git('fetch', '-q', 'origin');
}, 120_000);

test('a ledger that was rewound freezes the model, since a tag still points at what is gone', async () => {
  const before = await head(LEDGER_REF);
  const ledger = await team.ledger();
  const version = ledger.entries.findIndex(({ entry }) => entry.kind === 'version');
  const rewound = ledger.commits[version - 1];
  if (rewound === undefined) throw new Error('there is an entry before the version');
  await point(LEDGER_REF, rewound);
  await team.trainyard(['verify'], 1);
  await until('an issue reports the freeze', 30, async () => (await freezeIssue())?.state === 'open');
  await team.check(next.head, 'trainyard / ready', concluded('failure'));
  const refused = await team.trainyard(['promote', 'greeter@v1.0.0', 'production', '--wait'], 1);
  expect(refused).toMatch(/frozen|ledger/i);

  await point(LEDGER_REF, before);
  await team.trainyard(['reconcile', '--word', 'ben put the ledger back', '--wait']);
  await team.check(next.head, 'trainyard / ready', asksToTrain);
  await team.trainyard(['verify']);
}, 120_000);

test('an entry without a valid signature stops all promotion, and it is said', async () => {
  const { ada } = team.world;
  const parent = await head(LEDGER_REF);
  const [real] = await team.runs({ pull: first.number });
  if (real === undefined) throw new Error('there is a run');
  await point(LEDGER_REF, await entry(forge(real.record), [parent]));
  const ready = await team.check(next.head, 'trainyard / ready', concluded('failure'), 30);
  expect(`${ready.title} ${ready.summary}`).toMatch(/refs\/trainyard\/ledger can.t be trusted/);
  await until('an issue says so', 20, async () => (await issue(/ledger/))?.state === 'open');
  const verified = await team.trainyard(['verify'], 1);
  expect(verified).toMatch(/can't be trusted/);
  expect(await team.answer(await team.say(next.number, '/hold'))).toBe('refused');
  const merged = await squashMerge(team.world, ada, next.number);
  await until('the merge says why nothing was promoted', 60, async () => {
    const checks = await checksOf(team.world, merged);
    return checks.find(({ name, conclusion }) => name.includes('promote') && conclusion === 'failure');
  });
  expect(await tagNames(team.world, 'greeter')).toEqual(['greeter#staging#1', 'greeter@v1.0.0']);

  await point(LEDGER_REF, parent);
  await team.trainyard(['reconcile', '--word', 'ben took his entry back', '--wait']);
  expect(await issue(/ledger/)).toMatchObject({ state: 'closed' });
  await team.trainyard(['verify']);
}, 120_000);

test('each refusal that the table of reasons places here was given here', () => {
  expectReasons(team, 'forged ledger');
});

test('each request, answer and webhook of all this fits GitHub’s own description', () => {
  team.assertConforms();
});
