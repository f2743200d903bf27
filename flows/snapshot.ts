import { type ConfigProblem, parseConfig } from '../core/config/parse.ts';
import { CONFIG_PATH, type Config, type ModelConfig } from '../core/config/schema.ts';
import type { TreeListing } from '../core/fingerprint/manifest.ts';
import { LedgerError } from '../core/ledger/error.ts';
import { type PublicKey, parsePublicKey } from '../core/ledger/keys.ts';
import type { GitId, ModelName } from '../core/names.ts';
import type { Read } from '../core/training/dvc/document.ts';
import { type ResolvedStage, resolveStage, stageFiles, stagePlace } from '../core/training/dvc/stage.ts';
import { MAX_YAML_WEIGHT, yamlWeight } from '../core/yaml-weight.ts';
import { FlowError } from './error.ts';
import { PortError, type Ports } from './ports.ts';

const MAX_CONFIG_BYTES = 256 * 1024;
const MAX_KEY_BYTES = 16 * 1024;
/** Of dvc.yaml, and of each file of parameters. */
const MAX_STAGE_BYTES = 1 << 20;
/** Of these of all stages of a commit, each as often as it is read: parsing YAML takes its time, and anybody's head is read. */
const MAX_STAGES_BYTES = 4 << 20;
/** Of these together, in what `yamlWeight` counts. */
const MAX_STAGES_WEIGHT = 2 * MAX_YAML_WEIGHT;
const UNREADABLE: ReadonlySet<string> = new Set(['too_large', 'malformed']);

/** What one commit says: its tree, and its config if that can be read. */
export interface Snapshot {
  readonly commit: GitId;
  readonly tree: TreeListing;
  readonly config: Config | null;
  /** Empty when there is no config at all, which `present` tells. */
  readonly problems: readonly ConfigProblem[];
  readonly present: boolean;
  /** Stages of dvc.yaml that models train by, by address; absent where there are none. */
  readonly stages?: ReadonlyMap<string, Read<ResolvedStage>>;
}

/** A snapshot of the default branch, with the keys that its policy trusts. */
export interface PolicySnapshot extends Snapshot {
  readonly branch: string;
  readonly keys: readonly PublicKey[];
}

/** @throws PortError when GitHub doesn't answer */
export async function takeSnapshot(ports: Pick<Ports, 'source'>, commit: GitId): Promise<Snapshot> {
  const [tree, file] = await Promise.all([
    ports.source.tree(commit),
    ports.source.file(commit, CONFIG_PATH, MAX_CONFIG_BYTES),
  ]);
  if (file === null) return { commit, tree, config: null, problems: [], present: false };
  const parsed = parseConfig(new TextDecoder().decode(file), CONFIG_PATH);
  return parsed.ok
    ? {
        commit,
        tree,
        config: parsed.config,
        problems: [],
        present: true,
        ...(await stagesOf(ports, commit, parsed.config)),
      }
    : { commit, tree, config: null, problems: parsed.problems, present: true };
}

/** What dvc.yaml says is an input: where it can't be read, its model can't be trained, and policy stands. */
async function stagesOf(
  ports: Pick<Ports, 'source'>,
  commit: GitId,
  { models }: Config,
): Promise<Pick<Snapshot, 'stages'>> {
  const addresses = new Set(Object.values(models).flatMap(({ train }) => train.stage ?? []));
  if (addresses.size === 0) return {};
  let room = MAX_STAGES_BYTES;
  let weight = 0;
  const read = async (path: string): Promise<string | null> => {
    const bytes = await ports.source.file(commit, path, MAX_STAGE_BYTES);
    if (bytes === null) return null;
    room -= bytes.length;
    if (room < 0)
      throw new PortError('too_large', `${path}: stages of all models read more than ${MAX_STAGES_BYTES} bytes`);
    const text = new TextDecoder().decode(bytes);
    weight += yamlWeight(text);
    if (weight > MAX_STAGES_WEIGHT)
      throw new PortError(
        'too_large',
        `${path}: stages of all models read YAML of more than ${MAX_STAGES_WEIGHT} lines and items`,
      );
    return text;
  };
  const stages = new Map<string, Read<ResolvedStage>>();
  for (const address of addresses) {
    try {
      stages.set(address, await stageAt(address, read));
    } catch (error) {
      // A link, or too large: of this commit it always will be, and nothing else waits for it.
      if (!(error instanceof PortError) || !UNREADABLE.has(error.code)) throw error;
      stages.set(address, { ok: false, message: `${address}: ${error.message}` });
    }
  }
  return { stages };
}

async function stageAt(address: string, read: (path: string) => Promise<string | null>): Promise<Read<ResolvedStage>> {
  const { file } = stagePlace(address);
  const text = await read(file);
  if (text === null) return { ok: false, message: `${file}, which train.stage names, is not in this commit` };
  const files = new Map<string, string>();
  for (const path of stageFiles(text, address)) {
    const content = await read(path);
    if (content !== null) files.set(path, content);
  }
  return resolveStage(text, address, files);
}

/** Policy as it stands at `commit`, by default the default branch's head (invariant 1). */
export async function takePolicySnapshot(ports: Pick<Ports, 'source'>, commit?: GitId): Promise<PolicySnapshot> {
  const { defaultBranch } = await ports.source.repository();
  const at = commit ?? (await ports.source.branchHead(defaultBranch));
  if (at === null) throw new FlowError('config_unreadable', `the default branch ${defaultBranch} has no commit yet`);
  const snapshot = await takeSnapshot(ports, at);
  const paths = snapshot.config?.policy.signing?.keys ?? [];
  const read = await Promise.all(paths.map((path) => readKey(ports, at, path)));
  const problems = read.filter((key) => 'problem' in key);
  // Policy whose keys can't be read is no policy: all that stands on it is red, and says so.
  if (problems.length > 0) return { ...snapshot, ...(await pointedAt(ports, at, problems)), branch: defaultBranch };
  return { ...snapshot, branch: defaultBranch, keys: read.filter((key) => 'keyid' in key) };
}

interface KeyProblem {
  readonly path: string;
  readonly problem: string;
}

async function readKey(ports: Pick<Ports, 'source'>, at: GitId, path: string): Promise<PublicKey | KeyProblem> {
  const pem = await ports.source.file(at, path, MAX_KEY_BYTES);
  if (pem === null)
    return { path, problem: `policy.signing.keys names ${path}, which is not there; add the public key` };
  try {
    return parsePublicKey(new TextDecoder().decode(pem));
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return { path, problem: `policy.signing.keys names ${path}, which is no key that can be used: ${error.message}` };
  }
}

/** The problems at the lines of the config that name the keys. */
async function pointedAt(
  ports: Pick<Ports, 'source'>,
  at: GitId,
  found: readonly KeyProblem[],
): Promise<Pick<PolicySnapshot, 'config' | 'keys' | 'problems'>> {
  const text = new TextDecoder().decode(
    (await ports.source.file(at, CONFIG_PATH, MAX_CONFIG_BYTES)) ?? new Uint8Array(),
  );
  const lines = text.split('\n');
  const problems = found.map(({ path, problem }): ConfigProblem => {
    const index = Math.max(
      0,
      lines.findIndex((line) => line.includes(path)),
    );
    const column = Math.max(0, lines[index]?.indexOf(path) ?? 0) + 1;
    return { message: problem, path: 'policy.signing.keys', file: CONFIG_PATH, line: index + 1, column };
  });
  return { config: null, keys: [], problems };
}

/** @throws FlowError `config_unreadable`, naming the first problem with its line */
export function requireConfig(snapshot: Snapshot, whose: string): Config {
  if (snapshot.config !== null) return snapshot.config;
  const [problem] = snapshot.problems;
  throw new FlowError(
    'config_unreadable',
    problem === undefined
      ? `${whose} has no ${CONFIG_PATH}`
      : `${whose} has a config that can't be used: ${problem.file}:${problem.line}:${problem.column}: ${problem.message}`,
  );
}

export function modelIn(config: Config | null, name: ModelName): ModelConfig | null {
  // Own properties only: a model may not be found on Object.prototype.
  return config !== null && Object.hasOwn(config.models, name) ? (config.models[name] ?? null) : null;
}
