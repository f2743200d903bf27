import type { RunRecord } from '../core/ledger/run.ts';
import type { Sha256 } from '../core/names.ts';
import { replaceInTar, TarError } from '../core/packaging/tar.ts';
import { heldToPins, InputPinError, type InputPins } from '../core/training/input-pins.ts';
import { INPUTS_ARTIFACT, INPUTS_TAR, MAX_INPUTS } from '../core/training/inputs-artifact.ts';
import { MAX_PARAMS_YAML, PARAMS_YAML, writeParams } from '../core/training/params-yaml.ts';
import { FlowError } from './error.ts';
import { inputPins, isInGit } from './input-pins.ts';
import { digesting, inputsTar } from './inputs-tar.ts';
import { PortError, type Ports, type RunStore } from './ports.ts';

/** In bytes, of the headers and paddings of as many files as an archive may hold. */
const ARCHIVE_OVERHEAD = 32 * 2 ** 20;

/** What a run on a compute engine trains on: all of it in git, or brought by a job that holds the data-read identity. */
export type RunInputs =
  | { readonly from: 'git'; readonly tar: () => AsyncIterable<Uint8Array> }
  | { readonly from: 'job'; readonly pins: InputPins };

/** What lies in the run's part of the store, with its digest. */
export interface BroughtInputs {
  readonly sha256: Sha256;
  /** Each reading throws PortError where it has another digest. */
  readonly tar: () => AsyncIterable<Uint8Array>;
}

/** @throws FlowError `not_possible` for inputs that nothing brings to an engine; PortError */
export async function inputsOf(ports: Ports, { order, source }: RunRecord): Promise<RunInputs> {
  const pins = await inputPins(ports.source, { order, attributes: source.attributes });
  return isInGit(pins) ? { from: 'git', tar: inputsTar(ports, order.commit, pins) } : { from: 'job', pins };
}

/**
 * Lays the inputs into the run's part of the store. What a job fetched is read from its workflow run once, each file held
 * to what pins it; later attempts train on what lies there, by the digest in the run's signed record.
 *
 * @throws FlowError `not_possible`, PortError; nothing is left in the store then
 */
export async function bringInputs(
  ports: Ports,
  store: RunStore,
  record: RunRecord,
  inputs: RunInputs,
): Promise<BroughtInputs> {
  const { run, state } = record;
  if (inputs.from === 'job' && state.state === 'training' && state.inputs !== undefined) {
    if ((await store.stat(run, INPUTS_TAR)) === null)
      throw new FlowError('not_possible', `expected ${INPUTS_TAR} of run ${run} in the store, found none: train anew`);
    return kept(store, record, state.inputs);
  }
  if (inputs.from === 'job') return bringHeld(store, record, inputs.pins, await fetched(ports, record));
  const tar = withParams(record, inputs.tar);
  return { sha256: await lay(store, record, tar), tar };
}

/**
 * Lays an archive of anybody's into the run's part of the store, each file held to what pins it.
 *
 * @throws PortError `digest_mismatch` where it is something else; nothing is left in the store then
 */
export async function bringHeld(
  store: RunStore,
  record: RunRecord,
  pins: InputPins,
  archive: () => AsyncIterable<Uint8Array>,
): Promise<BroughtInputs> {
  return kept(store, record, await lay(store, record, withParams(record, held(record, pins, archive))));
}

async function lay(store: RunStore, { run }: RunRecord, tar: () => AsyncIterable<Uint8Array>): Promise<Sha256> {
  const read = digesting(tar);
  await store.write(run, INPUTS_TAR, read.content);
  return read.digest();
}

/** A stage of dvc.yaml reads its parameters from params.yaml, and has to find those of the run there. */
function withParams({ order }: RunRecord, tar: () => AsyncIterable<Uint8Array>): () => AsyncIterable<Uint8Array> {
  const { params } = order.request;
  if (order.stage === undefined || Object.keys(params).length === 0) return tar;
  const change = (content: Uint8Array): Uint8Array => {
    const written = writeParams(new TextDecoder().decode(content), params);
    if (!written.ok) throw new PortError('malformed', written.message);
    if (written.ambiguous.length === 0) return new TextEncoder().encode(written.text);
    const names = written.ambiguous.join(', ');
    throw new PortError('malformed', `${PARAMS_YAML} names ${names} in several places: a stage could read any of them`);
  };
  return async function* replaced(): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* replaceInTar(tar(), { path: PARAMS_YAML, maxBytes: MAX_PARAMS_YAML }, change);
    } catch (error) {
      if (!(error instanceof TarError)) throw error;
      throw new PortError('malformed', error.message, { cause: error });
    }
  };
}

function kept(store: RunStore, { run }: RunRecord, sha256: Sha256): BroughtInputs {
  return {
    sha256,
    async *tar() {
      const read = digesting(() => store.content(run, INPUTS_TAR));
      yield* read.content();
      const found = read.digest();
      if (found !== sha256)
        throw new PortError('malformed', `expected ${INPUTS_TAR} of run ${run} with sha256 ${sha256}, found ${found}`);
    },
  };
}

/** Code from the pull request may have run in that workflow run since, so its archive is no better than a stranger's. */
async function fetched(ports: Ports, { run, state }: RunRecord): Promise<() => AsyncIterable<Uint8Array>> {
  const workflowRun = state.state === 'accepted' ? state.tried : undefined;
  if (workflowRun === undefined)
    throw new FlowError('not_possible', `expected a workflow run that fetched the inputs of run ${run}, found none`);
  const all = await ports.workflows.artifacts(workflowRun);
  const [artifact, ...more] = all.filter(({ name }) => name === INPUTS_ARTIFACT);
  if (artifact?.digest == null || more.length > 0)
    throw new FlowError(
      'not_possible',
      `expected one artifact ${INPUTS_ARTIFACT} with a digest in workflow run ${workflowRun}, found ${more.length + (artifact === undefined ? 0 : 1)}`,
    );
  const { id, digest } = artifact;
  return () => ports.workflows.artifactFile(id, digest, INPUTS_TAR, MAX_INPUTS + ARCHIVE_OVERHEAD);
}

function held({ run }: RunRecord, pins: InputPins, archive: () => AsyncIterable<Uint8Array>) {
  return async function* content(): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* heldToPins(archive(), pins, MAX_INPUTS);
    } catch (error) {
      if (!(error instanceof InputPinError)) throw error;
      const message = `what was fetched for run ${run} is not what its commit names: ${error.message}`;
      throw new PortError('digest_mismatch', message, { cause: error });
    }
  };
}
