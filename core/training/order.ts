import type { TrainingDataset } from '../config/datasets.ts';
import type { ParamValue } from '../config/params.ts';
import type { WarehouseQueries } from '../config/queries.ts';
import type { ModelConfig } from '../config/schema.ts';
import { datasetLocation } from '../data/sources/dataset-location.ts';
import type { DatasetPlace, SourceManifest } from '../fingerprint/manifest.ts';
import { inputPaths, sourceDigest } from '../fingerprint/source.ts';
import type { DatasetName, GitId, ParamName } from '../names.ts';
import { defaultsOf, type EffectiveModel } from '../policy/effective.ts';
import { entriesOf, keysOf } from '../records.ts';
import type { JudgeOrder, RunRequest, TrainOrder } from './request.ts';

/** What is asked of training when a command sets `set` and leaves the rest at the tree's defaults. */
export function runRequest(effective: EffectiveModel, set: Readonly<Record<ParamName, ParamValue>>): RunRequest {
  const { train } = effective.config;
  return {
    params: { ...defaultsOf(effective), ...set },
    explicit: keysOf(set).sort(),
    seed: train.seed,
    engine: train.engine,
    resources: { ...train.resources },
    image: null,
  };
}

export function trainOrder(
  effective: EffectiveModel,
  manifest: SourceManifest,
  commit: GitId,
  request: RunRequest,
): TrainOrder {
  const { config, policy, name } = effective;
  return {
    model: name,
    commit,
    command: manifest.command,
    setup: config.train.setup ?? null,
    ...(manifest.stage === undefined ? {} : { stage: manifest.stage }),
    inputs: inputPaths(effective),
    data: placesOf(config.data),
    ...locationsOf(effective),
    timeout: config.train.timeout,
    ...stallOf(effective),
    network: policy.network,
    ...(config.train.smoke === undefined ? {} : { smoke: config.train.smoke }),
    ...(config.train.checkpoint === undefined ? {} : { checkpoint: config.train.checkpoint }),
    source: sourceDigest(manifest),
    request,
    runner: null,
  };
}

/**
 * What judges a run: the evaluator of the default branch, or null where the model has none there.
 *
 * @param effective its policy keys come from `policyCommit`, its datasets from the run's commit
 */
export function judgeOrder(effective: EffectiveModel, policyCommit: GitId): JudgeOrder | null {
  const { evaluate, data } = effective.config;
  if (evaluate === undefined) return null;
  return {
    model: effective.name,
    policyCommit,
    predict: evaluate.predict,
    run: evaluate.run,
    inputs: evaluate.inputs,
    setup: evaluate.setup ?? null,
    data: evaluate.data,
    trainingData: placesOf(data),
    timeout: evaluate.timeout,
    sandbox: effective.policy.sandbox,
  };
}

/** Both of the default branch. */
function stallOf({ policy, config }: EffectiveModel): Pick<TrainOrder, 'stall'> {
  const { stall: after = null } = config.train;
  const stop = policy.stalled === 'stop';
  return after === null && !stop ? {} : { stall: { after, stop } };
}

function locationsOf({ policy, config }: EffectiveModel): Pick<TrainOrder, 'locations' | 'queries'> {
  const { locations } = policy;
  const queries = queriesOf(
    entriesOf(config.data).map(([, { location }]) => location),
    policy.queries,
  );
  return {
    ...(locations.length === 0 ? {} : { locations }),
    ...(Object.keys(queries).length === 0 ? {} : { queries }),
  };
}

/**
 * The queries of policy that these locations name: a job is told of no others.
 *
 * @param queries of the default branch
 */
export function queriesOf(
  locations: readonly (string | undefined)[],
  queries: WarehouseQueries = {},
): WarehouseQueries {
  const named = locations.flatMap((location) => {
    const where = location === undefined ? null : datasetLocation(location);
    return where?.kind === 'query' ? [where.name] : [];
  });
  return Object.fromEntries(entriesOf(queries).filter(([name]) => named.includes(name)));
}

/** Where each dataset is read: at its path, or at the location from which it comes there. */
export function placesOf(data: ModelConfig['data']): Record<DatasetName, DatasetPlace> {
  // Object.fromEntries forgets the keys' brand.
  return Object.fromEntries(entriesOf(data).map(([name, dataset]) => [name, placeOf(dataset)])) as Record<
    DatasetName,
    DatasetPlace
  >;
}

export function placeOf({ path, location, version, sha256 }: TrainingDataset): DatasetPlace {
  if (location === undefined) return { path };
  return { path, at: { location, version: version ?? null, sha256: sha256 ?? null } };
}
