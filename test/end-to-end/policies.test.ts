import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateSigningKey } from '../../adapters/signing/local-key.ts';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { isFinal } from '../../core/ledger/machine.ts';
import { concluded, reactionsOn } from '../../scripts/demo/observe.ts';
import { type Person, person } from '../../scripts/demo/people.ts';
import { until } from '../../scripts/demo/wait.ts';
import { freshDatabase } from '../app/database/fresh-database.ts';
import { expectReasons } from './refusal-reasons.ts';
import { CONFIG, TEAM, TRAIN } from './team.ts';
import { openTeamWorld, type Proposed, type TeamWorld } from './world.ts';

/** One model reads what policy does not name, one has the name of a stage, two run for a while. */
const NARROW = CONFIG.replace('timeout: 2s', 'timeout: 2m')
  .replace(
    'policy:',
    `  remote:
    inputs: [remote]
    data: { far: { path: data/rows.csv, location: "s3://elsewhere/rows.csv" } }
    train: { run: python3 remote/train.py }
  staging:
    inputs: [staging]
    train: { run: python3 staging/train.py, timeout: 2m }
policy:
  locations: ["s3://team/"]`,
  )
  .replace('commands: { train: write, promote: write }', 'commands: { promote: "team:release" }')
  .replace('concurrency: 16', 'concurrency: 2');

const SLEEP = 'import time\ntime.sleep(100)\n';

let team: TeamWorld;
let database: string;
let change: Proposed;

beforeAll(async () => {
  database = await freshDatabase();
  const { [CONFIG_PATH]: _, ...without } = TEAM;
  team = await openTeamWorld('policies', {
    files: { ...without, 'remote/train.py': 'print(1)\n', 'staging/train.py': 'print(1)\n' },
    settings: { DATABASE_URL: database },
  });
}, 240_000);
afterAll(async () => {
  await team?.close();
});

async function refuses(number: number, text: string, says: RegExp, by?: Person): Promise<void> {
  const said = await team.say(number, text, by);
  expect(await team.answer(said)).toBe('refused');
  expect(await reactionsOn(team.world, said)).toEqual(['confused']);
  await team.comment(number, says);
}

/** Said by whom pushed, about the very head: bound to it, however fresh it is. */
const named = (text: string, { head }: Proposed): string => `${text} @${head}`;

describe('a command is refused', () => {
  test('where the default branch has no config, one that can’t be read, or one that names another key', async () => {
    change = await team.propose('early', { 'greeter/train.py': `${TRAIN}# early\n` });
    await refuses(change.number, '/train greeter', /no \.github\/trainyard\.yml/);
    await team.commit('main', { [CONFIG_PATH]: 'version: 1\nmodels: [\n' });
    await refuses(change.number, '/train greeter', /trainyard\.yml:\d+:\d+/);
    const other = generateSigningKey().publicPem;
    await team.commit('main', {
      [CONFIG_PATH]: CONFIG.replace('keys/trainyard.pub', 'keys/other.pub'),
      'keys/other.pub': other,
    });
    change = await team.propose('signed', { 'greeter/train.py': `${TRAIN}# signed\n` });
    await team.check(change.head, 'trainyard / plan', ({ status }) => status === 'completed');
    await refuses(change.number, named('/train greeter', change), /policy\.signing\.keys/);
  }, 120_000);

  test('to train more models after a change of policy than may be trained at once', async () => {
    await team.commit('main', { [CONFIG_PATH]: NARROW });
    await until('what was begun has ended', 90, async () => {
      const runs = await team.runs();
      return runs.length > 0 && runs.every(({ record }) => isFinal(record.state));
    });
    expect((await team.runs()).map(({ record }) => record.model).toSorted()).toEqual(['greeter', 'sleeper']);
  }, 120_000);

  test.each([
    ['whose quote is never closed', '/train "greeter', /quote/],
    ['with more lines than one comment may hold', '/status\n'.repeat(11), /10 commands/],
    ['whose data lies where policy does not allow it', '/train remote', /s3:\/\/elsewhere/],
    ['that means a model or a stage', '/lock staging', /a model and a stage.*For example: `\/lock stage:staging`/s],
    [
      'for a run that is not there',
      `/train greeter --resume ${'0'.repeat(26)}`,
      /a run of this pull request after --resume/,
    ],
  ])('%s', async (_, text, says) => {
    if (change.branch !== 'narrow') {
      const files = { 'greeter/train.py': `${TRAIN}# narrow\n`, 'sleeper/train.py': SLEEP, 'staging/train.py': SLEEP };
      change = await team.propose('narrow', files);
      await team.check(change.head, 'trainyard / plan', concluded('success'));
    }
    const said = await team.say(change.number, text);
    expect(await team.answer(said)).toBe('refused');
    await team.comment(change.number, says);
  });

  test('while the model is locked already, and while its pull request is on hold already', async () => {
    expect(await team.answer(await team.say(change.number, '/lock model:greeter for now'))).toBe('done');
    await refuses(change.number, '/lock model:greeter again', /locked/);
    expect(await team.answer(await team.say(change.number, '/unlock model:greeter'))).toBe('done');
    expect(await team.answer(await team.say(change.number, '/hold for now'))).toBe('done');
    await refuses(change.number, '/hold again', /on hold already/);
    expect(await team.answer(await team.say(change.number, '/unhold'))).toBe('done');
  });

  test('where nobody can tell who is in a team, since the App may not read that', async () => {
    await refuses(change.number, '/promote greeter to staging', /role and teams of the author could not be read/);
  });

  test('that trains nothing, as nothing is affected', async () => {
    const { number, head } = await team.propose('words', { 'README.md': 'Only words.\n' });
    await team.check(head, 'trainyard / plan', concluded('success'));
    await refuses(number, '/train', /no model/);
  });

  test('for the pull request of a fork, where policy trains none', async () => {
    const { github, team: repository } = team.world;
    const ours = github.repository(repository.owner, repository.repo);
    const mallory = person(team.world, github.createUser('mallory'));
    github.addCollaborator(ours, 'mallory', 'read');
    await github.forkRepository(ours, 'mallory');
    const fork = { owner: 'mallory', repo: repository.repo };
    const { git, pulls } = mallory.octokit.rest;
    const parent = (await git.getRef({ ...fork, ref: 'heads/main' })).data.object.sha;
    const file = { path: 'greeter/train.py', mode: '100644', type: 'blob', content: `${TRAIN}# help\n` } as const;
    const tree = await git.createTree({ ...fork, base_tree: parent, tree: [file] });
    const made = await git.createCommit({ ...fork, message: 'Help', tree: tree.data.sha, parents: [parent] });
    await git.createRef({ ...fork, ref: 'refs/heads/help', sha: made.data.sha });
    const { data } = await pulls.create({ ...repository, head: 'mallory:help', base: 'main', title: 'Help' });
    await team.check(made.data.sha, 'trainyard / plan', concluded('success'));
    await refuses(data.number, `/train greeter @${made.data.sha}`, /fork/);
  });

  test('for digits with which two heads of the pull request begin', async () => {
    const [first, second] = await twins(change.head);
    const { ada, team: repository } = team.world;
    await ada.octokit.rest.git.createRef({ ...repository, ref: 'refs/heads/twins', sha: first });
    const { data } = await ada.octokit.rest.pulls.create({ ...repository, head: 'twins', base: 'main', title: 'Two' });
    await team.check(first, 'trainyard / plan', concluded('success'));
    await ada.octokit.rest.git.updateRef({ ...repository, ref: 'heads/twins', sha: second, force: true });
    await team.check(second, 'trainyard / plan', concluded('success'));
    await refuses(data.number, `/train greeter @${first.slice(0, 7)}`, /beginning of 2 heads/);
  }, 60_000);

  test('once as many runs are in progress as policy allows, where several can be meant, and after they have ended', async () => {
    const { number } = change;
    expect(await team.answer(await team.say(number, named('/train sleeper staging', change)))).toBe('done');
    await refuses(number, named('/train greeter', change), /2 runs/);
    await refuses(number, '/cancel', /2 runs can be meant/);
    expect(await team.answer(await team.say(number, '/cancel all'))).toBe('done');
    for (const model of ['sleeper', 'staging'])
      await team.check(change.head, `trainyard / train: ${model}`, concluded('cancelled'));
    const [run] = await team.runs({ pull: number, model: 'sleeper' });
    const id = run?.record.run ?? '';
    await refuses(number, `/cancel ${id}`, /has ended/);
    await refuses(number, named(`/train sleeper --resume ${id}`, change), /checkpoint/);
  }, 120_000);

  test('for a head that no delivery has shown', async () => {
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    // As after the loss of the database: sightings are not found again (invariant 10).
    await client.query('delete from trainyard.sightings');
    await client.end();
    await refuses(change.number, '/train greeter', /not been seen/);
  });
});

test('each refusal that the table of reasons places here was given here', () => {
  expectReasons(team, 'policies');
});

test('each request, answer and webhook of all this fits GitHub’s own description', () => {
  team.assertConforms();
});

/** Two commits on this one with different messages and the same first seven digits, made on the server. */
async function twins(parent: string): Promise<readonly [string, string]> {
  const { ada, team: repository } = team.world;
  const { git } = ada.octokit.rest;
  const { tree } = (await git.getCommit({ ...repository, commit_sha: parent })).data;
  const date = '2026-11-01T10:00:00Z';
  const ada_ = { name: 'Ada', email: 'ada@example.com', date };
  const who = `Ada <ada@example.com> ${Date.parse(date) / 1000} +0000`;
  const idOf = (message: string): string => {
    const body = `tree ${tree.sha}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n\n${message}`;
    return createHash('sha1')
      .update(`commit ${Buffer.byteLength(body)}\0${body}`)
      .digest('hex');
  };
  const seen = new Map<string, string>();
  for (let number = 0; ; number += 1) {
    const message = `Try ${number}`;
    const id = idOf(message);
    const other = seen.get(id.slice(0, 7));
    seen.set(id.slice(0, 7), message);
    if (other === undefined) continue;
    const made: string[] = [];
    for (const one of [other, message]) {
      const commit = { ...repository, message: one, tree: tree.sha, parents: [parent], author: ada_, committer: ada_ };
      made.push((await git.createCommit(commit)).data.sha);
    }
    const [first = '', second = ''] = made;
    expect(first.slice(0, 7)).toBe(second.slice(0, 7));
    return [first, second];
  }
}
