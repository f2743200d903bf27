import type { ConfigProblem } from '../core/config/parse.ts';
import { parseConfig } from '../core/config/parse.ts';
import { CONFIG_PATH, type Config, type ModelConfig } from '../core/config/schema.ts';
import type { TreeListing } from '../core/fingerprint/manifest.ts';
import { type PublicKey, parsePublicKey } from '../core/ledger/keys.ts';
import type { GitId, ModelName } from '../core/names.ts';
import { FlowError } from './error.ts';
import type { Ports } from './ports.ts';

const MAX_CONFIG_BYTES = 256 * 1024;
const MAX_KEY_BYTES = 16 * 1024;

/** What one commit says: its tree, and its config if that can be read. */
export interface Snapshot {
  readonly commit: GitId;
  readonly tree: TreeListing;
  readonly config: Config | null;
  /** Empty when there is no config at all, which `present` tells. */
  readonly problems: readonly ConfigProblem[];
  readonly present: boolean;
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
    ? { commit, tree, config: parsed.config, problems: [], present: true }
    : { commit, tree, config: null, problems: parsed.problems, present: true };
}

/** Policy as it stands at `commit`, by default the default branch's head (invariant 1). */
export async function takePolicySnapshot(ports: Pick<Ports, 'source'>, commit?: GitId): Promise<PolicySnapshot> {
  const { defaultBranch } = await ports.source.repository();
  const at = commit ?? (await ports.source.branchHead(defaultBranch));
  if (at === null) throw new FlowError('config_unreadable', `the default branch ${defaultBranch} has no commit yet`);
  const snapshot = await takeSnapshot(ports, at);
  const paths = snapshot.config?.policy.signing?.keys ?? [];
  const keys = await Promise.all(
    paths.map(async (path) => {
      const pem = await ports.source.file(at, path, MAX_KEY_BYTES);
      if (pem === null)
        throw new FlowError(
          'config_unreadable',
          `policy.signing.keys names ${path}, which ${defaultBranch} does not hold`,
        );
      return parsePublicKey(new TextDecoder().decode(pem));
    }),
  );
  return { ...snapshot, branch: defaultBranch, keys };
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
