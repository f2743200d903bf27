import type { ModelConfig } from '../core/config/schema.ts';
import { compareContracts } from '../core/data/compare-contracts.ts';
import { parseContract } from '../core/data/contract.ts';
import type { DataContract } from '../core/data/contract-model.ts';
import { pusherOf } from '../core/decision/commit.ts';
import type { DatasetName, ModelName, RepoPath } from '../core/names.ts';
import {
  describeLoosening,
  type LoosenedContract,
  looseningProblem,
  ownWordMatters,
} from '../core/policy/loosening.ts';
import { entriesOf, valueAt } from '../core/records.ts';
import { MAX_YAML_WEIGHT, yamlTooHeavy } from '../core/yaml-weight.ts';
import type { Assessment } from './assessment.ts';
import { filesFact, reviewFacts, teamOwners } from './fact-reviews.ts';
import { PortError, type Ports, type PullRequest } from './ports.ts';
import { modelIn, type Snapshot } from './snapshot.ts';

type LooseningPorts = Pick<Ports, 'source' | 'reviews' | 'permissions' | 'inFlight'>;
type Compared = Pick<Assessment, 'policy' | 'mergeBase' | 'head'>;

/** A loosening that its owner has not approved. */
export interface UnapprovedLoosening {
  readonly dataset: DatasetName;
  readonly models: readonly ModelName[];
  /** What is loosened and who has to approve it, unescaped. */
  readonly message: string;
}

/**
 * Loosened contracts that nobody has approved who must (DESIGN invariant 1). Asked alike before the merge, for `ready`,
 * and once more when the merge is to promote something. Reviews are read only where there is a loosening.
 *
 * @param pull null where something was pushed without one
 */
export async function unapprovedLoosenings(
  ports: LooseningPorts,
  pull: PullRequest | null,
  assessment: Assessment,
): Promise<UnapprovedLoosening[]> {
  const loosened = await loosenedContracts(ports, assessment);
  if (loosened.length === 0) return [];
  const unapproved = (one: LoosenedContract, why: string): UnapprovedLoosening => {
    const { dataset, models } = one;
    return { dataset, models, message: `${describeLoosening(one)}; ${why}` };
  };
  if (pull === null) return loosened.map((one) => unapproved(one, 'it was pushed without a pull request'));
  try {
    const facts = await looseningFacts(ports, pull, assessment, loosened);
    return loosened.flatMap((one) => {
      const message = looseningProblem(one, facts);
      return message === null ? [] : [{ dataset: one.dataset, models: one.models, message }];
    });
  } catch (error) {
    if (!(error instanceof PortError) || isPassing(error)) throw error;
    return loosened.map((one) => unapproved(one, `approvals could not be read (${error.message})`));
  }
}

async function looseningFacts(
  ports: LooseningPorts,
  pull: PullRequest,
  assessment: Assessment,
  loosened: readonly LoosenedContract[],
) {
  const named = loosened.flatMap(({ owner }) => owner ?? []);
  const files = named.length === loosened.length ? null : await filesFact(ports, assessment);
  const teams = teamOwners([...named, files?.codeOwners ?? ''].join('\n'));
  const source = {
    pull: async () => pull,
    policy: async () => assessment.policy,
    assessment: async () => assessment,
  };
  const own = loosened.some((one) => ownWordMatters(one, pull.author));
  return {
    author: pull.author,
    authorRole: own ? await ports.permissions.role(pull.author) : null,
    head: pull.head.sha,
    repository: (await ports.source.repository()).name,
    reviews: await reviewFacts(ports, source, teams),
    lastPusher: pusherOf(await ports.inFlight.sightings(pull.number), pull),
    files,
  };
}

/**
 * Contracts that accept data which they refused before, by the files themselves: what a check found is of another base
 * when the base has moved since, and without an App people can write it. A contract that is gone from the config counts,
 * too; one that goes with its model does not, since then nothing is trained on its data.
 */
export async function loosenedContracts(
  ports: Pick<Ports, 'source'>,
  { policy, mergeBase, head }: Compared,
): Promise<LoosenedContract[]> {
  const found = new Map<string, LoosenedContract>();
  for (const [model, before] of entriesOf((mergeBase.config ?? policy.config)?.models ?? {})) {
    const after = modelIn(head.config, model);
    if (after === null) continue;
    for (const dataset of entriesOf(before.data).map(([name]) => name)) {
      const forms = [formOf(mergeBase, before, dataset), formOf(head, after, dataset)] as const;
      const loosenings = await looseningsOf(ports, dataset, ...forms);
      if (loosenings.length === 0) continue;
      const owner = valueAt(modelIn(policy.config, model)?.data ?? {}, dataset)?.owner ?? null;
      const paths = [...new Set(forms.flatMap((form) => form?.contract ?? []))];
      // Two models may read one dataset, by one contract or by two, and each may name an owner of its own.
      const key = JSON.stringify([dataset, owner, paths, loosenings]);
      const models = [...(found.get(key)?.models ?? []), model];
      found.set(key, { dataset, models, owner, paths, loosenings });
    }
  }
  return [...found.values()];
}

/** The contract of a dataset at a commit. */
interface Form {
  readonly at: Snapshot;
  readonly path: RepoPath;
  readonly contract: RepoPath;
  /** The git blob's id; null where the file is not there. */
  readonly id: string | null;
}

function formOf(at: Snapshot, model: ModelConfig, dataset: DatasetName): Form | null {
  const { path, contract } = valueAt(model.data, dataset) ?? {};
  if (path === undefined || contract === undefined) return null;
  return { at, path, contract, id: at.tree.entries.find((entry) => entry.path === contract)?.id ?? null };
}

async function looseningsOf(
  ports: Pick<Ports, 'source'>,
  dataset: DatasetName,
  before: Form | null,
  after: Form | null,
): Promise<string[]> {
  // What was not there refused nothing.
  if (before === null || before.id === null) return [];
  if (after === null) return ['the config names no contract any more'];
  if (after.id === null) return [`${after.contract} is not there`];
  // The data's path may decide which schema of a contract counts.
  if (before.id === after.id && before.path === after.path) return [];
  const [base, head] = [await readContract(ports, dataset, before), await readContract(ports, dataset, after)];
  if (typeof base === 'string') return [`before, ${base}, so what it refused is not known`];
  if (typeof head === 'string') return [`now, ${head}, so what it accepts is not known`];
  return compareContracts(base, head).map(({ message }) => message);
}

const MAX_CONTRACT_BYTES = 1 << 20;
/** In what `yamlWeight` counts: some 2,000 columns. */
const MAX_CONTRACT_WEIGHT = 2 * MAX_YAML_WEIGHT;

/** The contract, or why it can't be read. */
async function readContract(
  ports: Pick<Ports, 'source'>,
  dataset: DatasetName,
  { at, path, contract: file }: Form,
): Promise<DataContract | string> {
  try {
    const bytes = await ports.source.file(at.commit, file, MAX_CONTRACT_BYTES);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes ?? new Uint8Array());
    // A check of data reads larger ones, in a job of its own; here others wait.
    if (yamlTooHeavy(text, MAX_CONTRACT_WEIGHT) !== null) return `${file} is too large to be compared`;
    const parsed = parseContract(text, { file, dataset, path });
    return parsed.ok ? parsed.contract : `${file} can't be read`;
  } catch (error) {
    if (!(error instanceof PortError || error instanceof TypeError) || isPassing(error)) throw error;
    return `${file} can't be read`;
  }
}

/** What GitHub may tell later is asked again by the step's own retries. */
function isPassing(error: unknown): boolean {
  return error instanceof PortError && (error.code === 'unavailable' || error.code === 'rate_limited');
}
