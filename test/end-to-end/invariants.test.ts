import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { checksOf, concluded, tagNames, workflowRuns } from '../../scripts/demo/observe.ts';
import { comment, person, squashMerge } from '../../scripts/demo/people.ts';
import { until } from '../../scripts/demo/wait.ts';
import { CONFIG, EVALUATE, PREDICT, ROWS, TEAM, TRAIN } from './team.ts';
import { openTeamWorld, type Proposed, type TeamWorld } from './world.ts';

let team: TeamWorld;
/** Listens on this machine and remembers who could reach it. */
let listener: Server;
let port: number;
const reached: string[] = [];

const CALL_HOME = (name: string): string => `
def call_home():
    import socket
    try:
        with socket.create_connection(("127.0.0.1", PORT), timeout=5) as line:
            line.sendall(b"${name}")
        return True
    except OSError as error:
        return str(error)
`;

/** A training script that looks for everything that it was not given. */
const CURIOUS_TRAIN = `${TRAIN}${CALL_HOME('training')}
names = sorted(os.path.join(folder, name) for folder, _, files in os.walk(".") for name in files)
print("PROBE " + json.dumps({"environment": sorted(os.environ), "files": names, "reached": call_home()}))
`;

/** An evaluator of the base that tells what the process that loads the model could see. */
const CURIOUS_PREDICT = `${PREDICT}${CALL_HOME('predict')}
def first_line(path):
    try:
        with open(path, errors="replace") as file:
            return file.readline()
    except OSError:
        return ""
here = os.path.dirname(os.environ["TRAINYARD_DATA_HOLDOUT"])
roots = {here, os.path.dirname(here), os.getcwd(), os.environ["TRAINYARD_MODEL"]}
tables = {os.path.join(folder, name) for root in roots for folder, _, files in os.walk(root) for name in files if name.endswith(".csv")}
labels = sorted(table for table in tables if "label" in first_line(table))
print("PROBE " + json.dumps({"environment": sorted(os.environ), "labels": labels, "reached": call_home()}), flush=True)
`;

beforeAll(async () => {
  listener = createServer((socket) => {
    socket.on('data', (data) => reached.push(data.toString('utf8')));
    socket.on('error', () => undefined);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  port = address !== null && typeof address === 'object' ? address.port : 0;
  const predict = CURIOUS_PREDICT.replaceAll('PORT', String(port));
  team = await openTeamWorld('invariants', { files: { ...TEAM, 'eval/predict.py': predict } });
}, 240_000);
afterAll(async () => {
  await team?.close();
  listener?.close();
});

const here = (code: string): string => code.replaceAll('PORT', String(port));

const Probe = z.object({
  environment: z.array(z.string()),
  files: z.array(z.string()).optional(),
  labels: z.array(z.string()).optional(),
  reached: z.union([z.literal(true), z.string()]),
});

/** What a script printed of itself into the log of a job. */
async function probeIn(workflowRun: number, jobName: RegExp): Promise<z.infer<typeof Probe>> {
  const { ada, team: repository, apiUrl } = team.world;
  const { data } = await ada.octokit.rest.actions.listJobsForWorkflowRun({ ...repository, run_id: workflowRun });
  const job = data.jobs.find(({ name }) => jobName.test(name));
  const answer = await fetch(`${apiUrl}/repos/acme/flights/actions/jobs/${job?.id}/logs`, {
    headers: { authorization: `Bearer ${ada.token}` },
  });
  const line = /PROBE (\{.*\})/.exec(await answer.text())?.[1];
  if (line === undefined) throw new Error(`the log of ${job?.name} holds no probe`);
  return Probe.parse(JSON.parse(line));
}

async function judged(proposed: Proposed) {
  const [run] = await team.runs({ pull: proposed.number });
  const state = run?.record.state;
  if (run === undefined || state?.state !== 'judged')
    throw new Error(`the run is not judged but ${JSON.stringify(state)}`);
  return { record: run.record, state };
}

/** Nothing of the job's. The runner's tracking id is none of it: by it the runner finds what a job leaves behind. */
const SECRET = /^(GITHUB|ACTIONS|RUNNER(?!_TRACKING_ID$)|INPUT)_|TOKEN|SECRET|PASSWORD|PRIVATE/;

describe('a run', () => {
  let curious: Proposed;
  beforeAll(async () => {
    curious = await team.propose('curious', { 'greeter/train.py': here(CURIOUS_TRAIN) });
    await team.say(curious.number, '/train');
    await team.check(curious.head, 'trainyard / ready', concluded('success'), 120);
  }, 240_000);

  test('gives training the declared inputs, no token and no other file', async () => {
    const { state } = await judged(curious);
    const seen = await probeIn(state.trainRun ?? 0, /train$/);
    expect(seen.environment.filter((name) => SECRET.test(name))).toEqual([]);
    expect(seen.environment).toContain('TRAINYARD_OUTPUT');
    expect(seen.files).toEqual(['./data/rows.csv', './greeter/rows.odcs.yaml', './greeter/train.py']);
  });

  test('gives the process that loads the model no network, no token and no labels', async () => {
    const { state } = await judged(curious);
    expect(state.evaluation).toMatchObject({ status: 'evaluated', sandbox: 'namespaces', metrics: { accuracy: 0.75 } });
    const seen = await probeIn(state.judgeRun, /evaluate$/);
    expect(seen.environment.filter((name) => SECRET.test(name))).toEqual([]);
    expect(seen.labels).toEqual([]);
    expect(seen.reached).not.toBe(true);
    // The same call reaches us from training, whose network is open by policy.
    expect(reached).toContain('training');
    expect(reached).not.toContain('predict');
  });

  test('whose candidate was judged under a policy that has changed since is stale', async () => {
    const looser = CONFIG.replace('accuracy: { min: 0.7 }', 'accuracy: { min: 0.6 }');
    await team.commit('main', { [CONFIG_PATH]: looser });
    const ready = await team.check(curious.head, 'trainyard / ready', concluded('failure', /stale/));
    expect(ready.title).toMatch(/the policy of the default branch has changed since it was judged/);
  });
});

describe('a pull request', () => {
  test('from a fork is shown its plan; none of its code or data runs', async () => {
    const { github, apiUrl, team: repository, ada } = team.world;
    const mallory = person({ apiUrl }, github.createUser('mallory'));
    const ours = github.repository(repository.owner, repository.repo);
    github.addCollaborator(ours, 'mallory', 'read');
    await github.forkRepository(ours, 'mallory');
    const { git } = mallory.octokit.rest;
    const fork = { owner: 'mallory', repo: repository.repo };
    const parent = (await git.getRef({ ...fork, ref: 'heads/main' })).data.object.sha;
    const tree = ['greeter/train.py', 'data/rows.csv'].map((path) => ({
      path,
      mode: '100644' as const,
      type: 'blob' as const,
      content: path.endsWith('csv') ? `${ROWS}5,ahoy,1\n` : here(CURIOUS_TRAIN),
    }));
    const made = await git.createTree({ ...fork, base_tree: parent, tree });
    const commit = await git.createCommit({ ...fork, message: 'Help', tree: made.data.sha, parents: [parent] });
    await git.createRef({ ...fork, ref: 'refs/heads/help', sha: commit.data.sha });
    const { data } = await mallory.octokit.rest.pulls.create({
      ...repository,
      head: 'mallory:help',
      base: 'main',
      title: 'Help',
    });
    await team.check(commit.data.sha, 'trainyard / plan', concluded('success'));
    for (const by of [ada, mallory]) {
      expect(await team.answer(await comment(team.world, by, data.number, '/train'))).toBe('refused');
    }
    await team.comment(data.number, /comes from the fork mallory\/flights, and policy\.forks is deny/);
    await team.comment(data.number, /train needs .*write.*mallory has the role "read"/);
    expect(await team.runs({ pull: data.number })).toEqual([]);
    expect(await workflowRuns(team.world, commit.data.sha)).toEqual([]);
    await team.check(commit.data.sha, 'trainyard / ready', (check) => check.conclusion !== 'success', 10);
  }, 120_000);

  test('into another branch than the default one never promotes', async () => {
    const { ada, team: repository } = team.world;
    await team.commit('release', { 'README.md': 'A release.\n' });
    const head = await team.commit('to-release', { 'greeter/train.py': `${TRAIN}# release\n` }, { from: 'release' });
    await ada.octokit.rest.pulls.create({ ...repository, head: 'to-release', base: 'release', title: 'Release' });
    const ready = await team.check(head, 'trainyard / ready', concluded('failure'));
    expect(ready.title).toMatch(/a merge into release never promotes/);
  });

  test('that adds a model is a policy change, and promotes nothing', async () => {
    const added = CONFIG.replace(
      '  sleeper:',
      '  dreamer:\n    inputs: [greeter]\n    train: { run: python3 greeter/train.py }\n  sleeper:',
    );
    const { head } = await team.propose('new-model', { [CONFIG_PATH]: added });
    const ready = await team.check(head, 'trainyard / ready', concluded('success', /policy change/i));
    expect(ready.title).toMatch(/promotes nothing/);
  });

  test('that brings its own evaluator, gates and holdout is judged by those of the default branch', async () => {
    const { number, head } = await team.propose('self-judging', {
      // Never greets.
      'greeter/train.py': TRAIN.replace('row["label"] == "1"', 'row["label"] == "9"'),
      'eval/evaluate.py': EVALUATE.replace('right / len(rows)', '1.0'),
      'eval/holdout.csv': 'id,word,label\n101,hello,0\n102,door,0\n',
      [CONFIG_PATH]: CONFIG.replace('accuracy: { min: 0.7 }', 'accuracy: { min: 0.01 }'),
    });
    await team.check(head, 'trainyard / ready', concluded('success', /policy change/i));
    await team.say(number, '/train');
    await team.check(head, 'trainyard / train: greeter', concluded('failure'), 120);
    const { record, state } = await judged({ number, head, branch: 'self-judging' });
    expect(record.policyChange).toBe(true);
    expect(state).toMatchObject({ verdict: 'held', evaluation: { status: 'evaluated', metrics: { accuracy: 0.5 } } });
    expect(state.gates).toMatchObject([{ metric: 'accuracy', verdict: 'fail', value: 0.5 }]);

    const merged = await squashMerge(team.world, team.world.ada, number);
    const trained = await until('main is trained after it', 60, async () =>
      (await team.runs()).find((run) => run.record.origin.kind === 'branch' && run.record.commit === merged),
    );
    expect(trained.record).toMatchObject({ policyChange: false, policy: { commit: merged } });
    expect(await tagNames(team.world, 'greeter')).toEqual([]);
    expect((await team.ledger()).entries.filter(({ entry }) => entry.kind !== 'run')).toEqual([]);
    const promotions = (await checksOf(team.world, merged)).filter(({ name }) => name.includes('promote'));
    expect(promotions.filter(({ conclusion }) => conclusion === 'success')).toEqual([]);
  }, 240_000);
});

test('nobody but the App moves the execution branch', async () => {
  const { work } = team.world;
  await work.git('fetch', '-q', 'origin');
  await expect(work.git('push', '-q', '-f', 'origin', 'origin/curious:refs/heads/trainyard/exec')).rejects.toThrow(
    /protected|refused|declined/,
  );
});

test('each request, answer and webhook of all this fits GitHub’s own description', () => {
  team.assertConforms();
});
