import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '../../core/config/parse.ts';
import { PolicyConfig } from '../../core/config/policy.ts';
import { CONFIG_PATH, ModelConfig } from '../../core/config/schema.ts';
import type { TreeListing } from '../../core/fingerprint/manifest.ts';
import { fingerprintOf, inputPaths, sourceManifest } from '../../core/fingerprint/source.ts';
import { ENVELOPE_FILE, PAYLOAD_TYPE, RUN_REF_PREFIX } from '../../core/ledger/entry.ts';
import { encodeEnvelope, pae, sealEnvelope } from '../../core/ledger/envelope.ts';
import { parsePublicKey } from '../../core/ledger/keys.ts';
import { RunRecord } from '../../core/ledger/run.ts';
import { runStatement, statementBytes } from '../../core/ledger/statement.ts';
import { GitId, ModelName, type RunId } from '../../core/names.ts';
import { entriesOf } from '../../core/records.ts';
import type { CheckpointReference } from '../../core/training/checkpoint.ts';
import { JudgeOrder } from '../../core/training/request.ts';
import { ulid } from '../../core/ulid.ts';
import { actionFolders } from '../../scripts/action-readme.ts';
import { bundleActions } from '../../scripts/bundle-actions.ts';
import { type Files, type Outcome, openPlayground, type Playground } from '../local/workflows/playground.ts';
import { CONFIG, GREETER } from './example.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MODEL = ModelName.parse('greeter');

/** A local GitHub with our repository (actions, workflows, tag v1) and a team's that calls it. */
export interface World {
  readonly playground: Playground;
  readonly keys: { readonly publicPem: string; readonly privatePem: string };
  /** The team's default branch. */
  readonly base: GitId;
  /** Commits files on a branch of the team's. */
  change(branch: string, files: Files): Promise<GitId>;
  /** Signs and stores a run's record. @param change applied before signing */
  accept(commit: GitId, change?: (record: RunRecord) => RunRecord, privatePem?: string): Promise<RunRecord>;
  /** Enters that the run's workflow run was lost, and dispatches the next. */
  resume(record: RunRecord, checkpoint: CheckpointReference): Promise<Outcome>;
  /** A caller of a reusable workflow, as a team has it. */
  wrapper(file: string): Promise<string>;
  train(record: RunRecord, inputs?: Readonly<Record<string, string>>): Promise<Outcome>;
  judge(record: RunRecord, order: JudgeOrder, trained: Outcome): Promise<Outcome>;
  judgeOrder(change?: Partial<JudgeOrder>): JudgeOrder;
  /** The files of an artifact, unzipped by nobody: as the API lists it. */
  artifact(run: Outcome, name: string): Promise<{ readonly id: number; readonly digest: string } | null>;
  /** One JSON file of an artifact. */
  read(run: Outcome, artifact: string, file: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const playground = await openPlayground({
    maxParallelJobs: 2,
    jobEnvironment: { TRAINYARD_DUCKDB: join(ROOT, 'node_modules') },
  });
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = {
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  await playground.repository('trainyard', await ourFiles());
  const { body } = await playground.api('GET', '/repos/ada/trainyard/git/ref/heads/main');
  await playground.api('POST', '/repos/ada/trainyard/git/refs', { ref: 'refs/tags/v1', sha: body.object.sha });
  const base = GitId.parse(
    await playground.repository('team', { ...GREETER, ...(await wrappers()), 'keys/trainyard.pub': keys.publicPem }),
  );
  let runs = 0;

  const world: World = {
    playground,
    keys,
    base,
    change: async (branch, files) => GitId.parse(await playground.push('team', branch, files)),
    async accept(commit, change = (record) => record, privatePem = keys.privatePem) {
      runs += 1;
      const record = change(await recordOf(playground, commit, runs));
      await store(playground, record, keys.publicPem, privatePem);
      return record;
    },
    async resume(record, checkpoint) {
      const lost = { workflowRun: checkpoint.runId, attempt: 1, checkpoint };
      await store(playground, { ...record, state: { state: 'accepted', lost } }, keys.publicPem, keys.privatePem);
      return world.train(record);
    },
    async wrapper(file) {
      const text = (await wrappers())[`.github/workflows/${file}`];
      if (text === undefined) throw new Error(`no wrapper ${file}`);
      return text;
    },
    train: (record, inputs = {}) =>
      playground.dispatch('team', 'trainyard-train.yml', { run_id: record.run, commit: record.commit, ...inputs }),
    async judge(record, order, trained) {
      const output = await world.artifact(trained, 'trainyard-output');
      if (output === null) throw new Error('the train run left no output');
      return playground.dispatch('team', 'trainyard-judge.yml', {
        run_id: record.run,
        commit: record.commit,
        order: JSON.stringify(order),
        train_run: String(trained.run.id),
        artifact_id: String(output.id),
        artifact_digest: output.digest,
      });
    },
    judgeOrder: (change = {}) => JudgeOrder.parse({ ...judgeOrderOf(base), ...change }),
    async artifact(run, name) {
      const { body: list } = await playground.api('GET', `/repos/ada/team/actions/runs/${run.run.id}/artifacts`);
      const found = list.artifacts.find((candidate: { name: string }) => candidate.name === name);
      return found === undefined ? null : { id: found.id, digest: found.digest };
    },
    async read(run, artifact, file) {
      const found = await world.artifact(run, artifact);
      if (found === null) throw new Error(`no artifact ${artifact}`);
      return readZipped(playground, found.id, file);
    },
    close: () => playground.close(),
  };
  return world;
}

async function ourFiles(): Promise<Files> {
  const names = await actionFolders(ROOT);
  const files: Record<string, string> = {};
  for (const name of names) {
    files[`actions/${name}/action.yml`] = await readFile(join(ROOT, 'actions', name, 'action.yml'), 'utf8');
  }
  for (const [name, text] of await bundleActions(ROOT, names)) files[`actions/dist/${name}`] = text;
  for (const name of await readdir(join(ROOT, 'workflows'))) {
    files[`.github/workflows/${name}`] = await readFile(join(ROOT, 'workflows', name), 'utf8');
  }
  return files;
}

/** The example's own wrappers, calling the repository of this world. */
async function wrappers(): Promise<Files> {
  const directory = join(ROOT, 'examples', 'flight-delay', '.github', 'workflows');
  const files: Record<string, string> = {};
  for (const name of (await readdir(directory)).filter((file) => file.startsWith('trainyard-'))) {
    const text = await readFile(join(directory, name), 'utf8');
    files[`.github/workflows/${name}`] = text.replaceAll('uses: trainyard/trainyard/', 'uses: ada/trainyard/');
  }
  return files;
}

async function recordOf(playground: Playground, commit: GitId, count: number): Promise<RunRecord> {
  const run: RunId = ulid(Date.now(), Buffer.from(String(count).padStart(10, '0')));
  const effective = effectiveModel();
  const { config } = effective;
  const source = sourceManifest(effective, await treeOf(playground, commit));
  if (!source.ok) throw new Error(source.problems.map((problem) => problem.message).join('\n'));
  const request = {
    params: { greeting: 'hello' },
    explicit: ['greeting'],
    seed: 7,
    engine: 'runner',
    resources: { gpus: 0, spot: false },
    image: null,
  };
  const at = new Date().toISOString();
  const draft = {
    kind: 'run',
    repository: 'ada/team',
    run,
    sequence: 0,
    previous: null,
    at,
    acceptedAt: at,
    model: MODEL,
    commit,
    origin: { kind: 'branch', branch: 'main' },
    requestedBy: 'ada',
    trust: 'member',
    fingerprint: { source: source.source, request: source.source },
    source: source.manifest,
    order: {
      model: MODEL,
      commit,
      command: config.train.run,
      setup: config.train.setup ?? null,
      inputs: inputPaths(effective),
      data: Object.fromEntries(entriesOf(config.data).map(([name, { path }]) => [name, { path }])),
      timeout: 60,
      network: 'open',
      source: source.source,
      request,
    },
    policy: { commit, digest: source.source },
    policyChange: false,
    state: { state: 'accepted' },
  };
  const record = RunRecord.parse(draft);
  return { ...record, fingerprint: fingerprintOf(source.manifest, record.order.request) };
}

function effectiveModel(): Parameters<typeof sourceManifest>[0] {
  const parsed = parseConfig(CONFIG);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const config = parsed.config.models[MODEL];
  if (config === undefined) throw new Error('no model');
  return { name: MODEL, config: ModelConfig.parse({ ...rawModel() }), fixed: {}, policy: PolicyConfig.parse({}) };

  function rawModel() {
    return { inputs: config?.inputs, data: config?.data, train: { run: config?.train.run } };
  }
}

function judgeOrderOf(base: GitId) {
  return {
    model: MODEL,
    policyCommit: base,
    predict: 'python eval/predict.py',
    run: 'python eval/evaluate.py',
    inputs: ['eval'],
    setup: null,
    data: { holdout: { path: 'eval/holdout.csv', labels: ['label'], id: 'id' } },
    trainingData: { rows: { path: 'data/rows.csv' } },
    timeout: 60,
    sandbox: 'required',
  };
}

async function treeOf(playground: Playground, commit: GitId): Promise<TreeListing> {
  const { body } = await playground.api('GET', `/repos/ada/team/git/trees/${commit}?recursive=1`);
  const entries = body.tree.map(
    (entry: { path: string; mode: string; type: 'blob' | 'tree'; sha: string; size?: number }) => ({
      path: entry.path,
      mode: entry.mode,
      type: entry.type,
      id: entry.sha,
      ...(entry.size === undefined ? {} : { size: entry.size }),
    }),
  );
  return { commit, entries, truncated: body.truncated };
}

/** Writes refs/trainyard/runs/<id> as the App does: one commit whose tree holds one envelope. */
async function store(playground: Playground, record: RunRecord, publicPem: string, privatePem: string): Promise<void> {
  const statement = statementBytes(runStatement(record));
  const signature = sign('sha256', pae(PAYLOAD_TYPE, statement), {
    key: createPrivateKey(privatePem),
    dsaEncoding: 'der',
  });
  const envelope = encodeEnvelope(sealEnvelope(statement, parsePublicKey(publicPem).keyid, signature));
  const git = '/repos/ada/team/git';
  const content = Buffer.from(envelope).toString('utf8');
  const tree = await playground.api('POST', `${git}/trees`, {
    tree: [{ path: ENVELOPE_FILE, mode: '100644', type: 'blob', content }],
  });
  const commit = await playground.api('POST', `${git}/commits`, { message: 'run', tree: tree.body.sha, parents: [] });
  const name = `${RUN_REF_PREFIX}${record.run}`;
  const moved = { sha: commit.body.sha, force: true };
  const made = await playground.api('POST', `${git}/refs`, { ref: name, sha: commit.body.sha });
  const ref = made.status === 422 ? await playground.api('PATCH', `${git}/${name}`, moved) : made;
  if (ref.status > 201) throw new Error(`ref: ${ref.status} ${JSON.stringify(ref.body)}`);
}

async function readZipped(playground: Playground, id: number, file: string): Promise<unknown> {
  const { headers } = await playground.api('GET', `/repos/ada/team/actions/artifacts/${id}/zip`);
  const archive = Buffer.from(await (await fetch(headers.get('location') ?? '')).arrayBuffer());
  const { fromBuffer } = await import('yauzl');
  const text = await new Promise<string>((resolve, reject) => {
    fromBuffer(archive, { lazyEntries: true }, (error, zip) => {
      if (error !== null) return reject(error);
      zip.on('entry', (entry) => {
        if (entry.fileName !== file) return zip.readEntry();
        zip.openReadStream(entry, async (failure, stream) => {
          if (failure !== null) return reject(failure);
          resolve(Buffer.concat(await Array.fromAsync(stream)).toString('utf8'));
        });
      });
      zip.on('end', () => reject(new Error(`no ${file}`)));
      zip.readEntry();
    });
  });
  return JSON.parse(text);
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export { CONFIG_PATH, MODEL };
