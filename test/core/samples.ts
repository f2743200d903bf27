import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { parseConfig } from '../../core/config/parse.ts';
import type { Config } from '../../core/config/schema.ts';
import type { TreeEntry, TreeListing } from '../../core/fingerprint/manifest.ts';
import { fingerprintOf, sourceManifest } from '../../core/fingerprint/source.ts';
import { PAYLOAD_TYPE } from '../../core/ledger/entry.ts';
import { encodeEnvelope, pae, sealEnvelope } from '../../core/ledger/envelope.ts';
import { type PublicKey, parsePublicKey } from '../../core/ledger/keys.ts';
import { firstRunRecord } from '../../core/ledger/machine.ts';
import type { RunRecord, RunState } from '../../core/ledger/run.ts';
import { type Statement, statementBytes } from '../../core/ledger/statement.ts';
import { GitId, Instant, ModelName, RepositoryName, RunId, Sha256 } from '../../core/names.ts';
import { type EffectiveModel, effectiveModel } from '../../core/policy/effective.ts';
import { TrainEnvironment } from '../../core/training/environment.ts';
import { runRequest, trainOrder } from '../../core/training/order.ts';

/** Values that the tests of the core build on; every test changes what it is about. */

export const CONFIG_TEXT = `version: 1
models:
  flight-delay:
    inputs: [models/flight-delay, src/features]
    data:
      flights: { path: data/flights.csv, contract: contracts/flights.yaml, owner: "@org/data" }
    train:
      setup: requirements.lock
      run: python train.py
      seed: 7
      params:
        learning_rate: { type: number, min: 0.001, max: 1, default: 0.1 }
        epochs: { type: integer, min: 1, max: 100, default: 10 }
        solver: { type: string, values: [sgd, adam], default: sgd }
        shuffle: { type: boolean, default: true }
      timeout: 2h
    evaluate:
      predict: python predict.py
      run: python evaluate.py
      inputs: [eval]
      setup: eval.lock
      data: { holdout: { path: data/holdout.csv, labels: [late], id: flight_id } }
    gates:
      roc_auc: { min: 0.7, max_regression: 0.005, versus: production }
policy:
  signing: { keys: [keys/trainyard.pub] }
`;

export const MODEL = ModelName.parse('flight-delay');
export const REPOSITORY = RepositoryName.parse('acme/flights');
export const COMMIT = GitId.parse('c'.repeat(40));
export const NOW = Instant.parse('2026-11-02T10:00:00Z');

export function configOf(text: string): Config {
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return parsed.config;
}

/** The sample config with lines replaced, each of which must occur. */
export function changedConfig(...changes: readonly (readonly [string, string])[]): Config {
  return configOf(changedText(...changes));
}

export function changedText(...changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the sample does not hold ${from}`);
    return text.replace(from, to);
  }, CONFIG_TEXT);
}

/** A made-up but stable object id. */
export function gitId(of: string): GitId {
  return GitId.parse(createHash('sha1').update(of).digest('hex'));
}

export function sha256(of: string): Sha256 {
  return Sha256.parse(createHash('sha256').update(of).digest('hex'));
}

export function runId(of: number): RunId {
  return RunId.parse(`01J${String(of).padStart(23, '0')}`);
}

const FILES = [
  '.gitattributes',
  'README.md',
  'models/flight-delay/train.py',
  'src/features/steps.py',
  'data/flights.csv',
  'data/holdout.csv',
  'contracts/flights.yaml',
  'requirements.lock',
  'eval/predict.py',
  'eval/evaluate.py',
  'eval.lock',
  'keys/trainyard.pub',
];

/** A tree with the sample's files; `changes` sets a file's content (any text), null removes it. */
export function treeOf(
  changes: Readonly<Record<string, string | null>> = {},
  extra: readonly TreeEntry[] = [],
): TreeListing {
  const contents = new Map<string, string | null>([
    ...FILES.map((path) => [path, path] as const),
    ...Object.entries(changes),
  ]);
  const files = [...contents].flatMap(([path, content]) => (content === null ? [] : [{ path, content }]));
  const folders = new Set(
    files.flatMap(({ path }) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, n, parts) => parts.slice(0, n + 1).join('/')),
    ),
  );
  const trees = [...folders].map((path): TreeEntry => {
    const inside = files.filter((file) => file.path.startsWith(`${path}/`));
    return {
      path,
      mode: '040000',
      type: 'tree',
      id: gitId(inside.map((file) => `${file.path} ${file.content}`).join('\n')),
    };
  });
  const blobs = files.map(
    ({ path, content }): TreeEntry => ({ path, mode: '100644', type: 'blob', id: gitId(content), size: 1 }),
  );
  return { commit: COMMIT, entries: [...trees, ...blobs, ...extra], truncated: false };
}

export function effectiveOf(base: Config, head: Config = base): EffectiveModel {
  const effective = effectiveModel(base, head, MODEL);
  if (effective.kind !== 'existing') throw new Error(`expected an existing model, got ${effective.kind}`);
  return effective.model;
}

export interface TestKey {
  readonly privateKey: KeyObject;
  readonly public: PublicKey;
}

export function makeKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, public: parsePublicKey(String(publicKey.export({ type: 'spki', format: 'pem' }))) };
}

export function signStatement(statement: Statement, key: TestKey): Uint8Array {
  const bytes = statementBytes(statement);
  const signature = sign('sha256', pae(PAYLOAD_TYPE, bytes), { key: key.privateKey, dsaEncoding: 'der' });
  return encodeEnvelope(sealEnvelope(bytes, key.public.keyid, signature));
}

export function recordOf(
  changes: Partial<RunRecord> & { effective?: EffectiveModel; tree?: TreeListing } = {},
): RunRecord {
  const { effective = effectiveOf(configOf(CONFIG_TEXT)), tree = treeOf(), ...rest } = changes;
  const source = sourceManifest(effective, tree);
  if (!source.ok) throw new Error(source.problems.map(({ message }) => message).join('\n'));
  const request = runRequest(effective, {});
  const record = firstRunRecord(
    {
      repository: REPOSITORY,
      run: runId(1),
      model: MODEL,
      commit: COMMIT,
      origin: { kind: 'pull_request', number: 1, commentId: 1, line: 1 },
      requestedBy: 'ada',
      trust: 'member',
      fingerprint: fingerprintOf(source.manifest, request),
      source: source.manifest,
      order: trainOrder(effective, source.manifest, COMMIT, request),
      policy: { commit: COMMIT, digest: sha256('policy') },
      policyChange: false,
      hourlyPrice: null,
      evaluates: null,
      reproduces: null,
    },
    NOW,
  );
  return { ...record, ...rest };
}

/** What a machine says that trained. */
export const ENVIRONMENT = TrainEnvironment.parse({
  lock: 'uv',
  python: '3.12.4',
  packages: { digest: sha256('packages'), count: 42 },
  image: null,
  system: 'linux 6.8.0 x64',
  cpu: { model: 'AMD EPYC 7763', count: 4 },
  memory: 16 * 2 ** 30,
  gpus: [{ name: 'NVIDIA L4', memory: 23034 * 2 ** 20, driver: '550.54.15' }],
});

export const OUTPUT = { id: 1, digest: sha256('output'), runId: 10, attempt: 1 };

export function judged(
  changes: Partial<Extract<RunState, { state: 'judged' }>> = {},
): Extract<RunState, { state: 'judged' }> {
  return {
    state: 'judged',
    verdict: 'candidate',
    reasons: [],
    trainRun: 10,
    judgeRun: 11,
    output: OUTPUT,
    order: {
      model: MODEL,
      policyCommit: COMMIT,
      predict: 'python predict.py',
      run: 'python evaluate.py',
      inputs: [],
      setup: null,
      data: {},
      trainingData: {},
      timeout: 900,
      sandbox: 'required',
    },
    evaluation: { status: 'evaluated', metrics: {}, sandbox: 'namespaces', holdout: {}, seconds: 1 },
    gates: [],
    scanVerdict: 'clean',
    scanFindings: [],
    selfReported: null,
    package: { sha256: sha256('package'), size: 10, artifact: { id: 2, digest: sha256('archive'), runId: 11 } },
    files: null,
    reproduction: null,
    judgedBy: 'evaluated',
    references: {},
    ...changes,
  };
}
