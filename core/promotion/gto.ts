import type { ModelState } from '../ledger/fold.ts';
import { ModelName, type StageName, Version } from '../names.ts';

/**
 * Git tags in GTO's grammar (https://github.com/iterative/gto): everything that GTO would read, of which we write
 * `model@v1.2.0` and `model#production#4`.
 */
export type GtoTag =
  | {
      readonly action: 'register' | 'deregister';
      readonly artifact: string;
      readonly version: string;
      readonly counter: number | null;
    }
  | {
      readonly action: 'assign' | 'unassign';
      readonly artifact: string;
      readonly stage: string;
      readonly counter: number | null;
    }
  | { readonly action: 'deprecate' | 'create'; readonly artifact: string; readonly counter: number | null };

const NAME = '[a-zA-Z0-9](?:[a-zA-Z0-9/_-]*[a-zA-Z0-9])?';
const SEMVER =
  '(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)(?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?';
const TAG = new RegExp(
  `^(?<artifact>(?:[a-zA-Z0-9_./-]+=)?${NAME})` +
    `(?:(?:#(?<stage>${NAME})|@v(?<version>${SEMVER}))(?<undo>!)?|@(?<mark>deprecated|created))` +
    '(?:#(?<counter>\\d+))?$',
);
/** git's own limit is higher; nothing of ours comes near. */
const MAX_TAG = 500;

/** Reads a tag's name (without `refs/tags/`); null if GTO would not read it either. */
export function parseGtoTag(name: string): GtoTag | null {
  const groups = name.length > MAX_TAG ? undefined : TAG.exec(name)?.groups;
  if (groups === undefined) return null;
  const { artifact = '', stage, version, undo, mark, counter: digits } = groups;
  const counter = digits === undefined ? null : Number(digits);
  if (stage !== undefined) return { action: undo === undefined ? 'assign' : 'unassign', artifact, stage, counter };
  if (version !== undefined)
    return { action: undo === undefined ? 'register' : 'deregister', artifact, version, counter };
  return { action: mark === 'created' ? 'create' : 'deprecate', artifact, counter };
}

export function formatVersionTag(model: ModelName, version: Version): string {
  return `${model}@v${version}`;
}

export function formatStageTag(model: ModelName, stage: StageName, counter: number): string {
  return `${model}#${stage}#${counter}`;
}

/** Reads `model@v1.2.0` or `model@1.2.0` as a person types it; null when it is neither. */
export function parseModelVersion(text: string): { readonly model: ModelName; readonly version: Version } | null {
  const [, name, digits] = /^([^@]+)@v?([^@]+)$/.exec(text) ?? [];
  const model = ModelName.safeParse(name);
  const version = Version.safeParse(digits);
  return model.success && version.success ? { model: model.data, version: version.data } : null;
}

/** The version that a model gets next: 1.0.0 first, then the highest one raised. */
export function nextVersion(state: ModelState, bump: 'major' | 'minor' | 'patch' = 'minor'): Version {
  const highest = state.versions
    .map(({ version }) => numbers(version))
    .sort(compare)
    .at(-1);
  if (highest === undefined) return Version.parse('1.0.0');
  const [major, minor, patch] = highest;
  const next = { major: [major + 1, 0, 0], minor: [major, minor + 1, 0], patch: [major, minor, patch + 1] }[bump];
  return Version.parse(next.join('.'));
}

/** GTO's counter for the model's next assignment. */
export function nextCounter(state: ModelState): number {
  return state.highestCounter + 1;
}

type Numbers = readonly [number, number, number];

function numbers(version: Version): Numbers {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return [major, minor, patch];
}

function compare(a: Numbers, b: Numbers): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
