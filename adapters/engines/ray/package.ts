import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { CheckpointConfig } from '../../../core/config/training.ts';
import { readTar } from '../../../core/packaging/tar.ts';
import { MAX_INPUTS } from '../../../core/training/inputs-artifact.ts';
import { missingStageOutput, stagePaths } from '../../../core/training/stage-command.ts';
import { PortError, type Submission } from '../../../flows/ports.ts';
import { writeZip, type ZipFile } from './zip.ts';

/** Where our own programs lie in a job's working directory. */
export const HARNESS = '.trainyard';

/** Bytes that the dashboard takes in one request are 100 MiB; what is more travels by way of the team's store. */
export const MAX_PACKAGE = 95 * 2 ** 20;
const MAX_LOCK = 4 * 2 ** 20;

/** A job's working directory: what every machine of the job unpacks. */
export interface WorkingDirectory {
  /** `gcs://…`: its name holds the digest of its content, and the content names the execution. */
  readonly uri: string;
  readonly size: number;
  readonly content: () => AsyncIterable<Uint8Array>;
  /** The text of the order's lock file; null where it names none. */
  readonly lock: string | null;
}

/**
 * Packs the declared inputs with our harness, or the harness alone where they are too large and lie in the store.
 *
 * @throws PortError `malformed` for inputs that can't be packed, `too_large` where there is no other way for them
 */
export async function workingDirectory(submission: Submission, harness: readonly ZipFile[]): Promise<WorkingDirectory> {
  const { order, store } = submission;
  const { bytes, lock } = await look(submission, order.setup);
  if (order.setup !== null && lock === null)
    throw new PortError('malformed', `expected the lock ${order.setup} among the declared inputs, found none`);
  const packs = bytes <= MAX_PACKAGE;
  if (!packs && store.inputs === null)
    throw new PortError('too_large', `expected at most ${MAX_PACKAGE} bytes of inputs without a store, found ${bytes}`);
  const own = [...harness, orderFile(submission, packs)];
  const content = () => writeZip(filesOf(submission, own, packs));
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of content()) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { uri: `gcs://_ray_pkg_${hash.digest('hex').slice(0, 40)}.zip`, size, content, lock };
}

/** The programs of `harness/`, as they are sent along. */
export async function readHarness(): Promise<readonly ZipFile[]> {
  const folder = new URL('harness/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.py')).sort();
  return Promise.all(
    names.map(async (name) => {
      return { path: `${HARNESS}/${name}`, content: await readFile(new URL(name, folder)), executable: false };
    }),
  );
}

async function* filesOf(
  submission: Submission,
  own: readonly ZipFile[],
  withInputs: boolean,
): AsyncGenerator<ZipFile, void, void> {
  yield* own;
  if (withInputs) yield* inputFiles(submission);
}

async function* inputFiles({ inputs }: Submission): AsyncGenerator<ZipFile, void, void> {
  let file: { path: string; executable: boolean; size: number; parts: Uint8Array[] } | null = null;
  const done = (of: NonNullable<typeof file>): ZipFile => ({
    path: of.path,
    executable: of.executable,
    content: Buffer.concat(of.parts),
  });
  for await (const event of readTar(inputs(), { maxBytes: MAX_PACKAGE })) {
    if (event.kind === 'data') {
      file?.parts.push(event.bytes);
      continue;
    }
    if (file !== null) yield done(file);
    file = { ...event, parts: [] };
  }
  if (file !== null) yield done(file);
}

async function look({ inputs }: Submission, lockPath: string | null): Promise<{ bytes: number; lock: string | null }> {
  let bytes = 0;
  let lock: Uint8Array[] | null = null;
  let inLock = false;
  for await (const event of readTar(inputs(), { maxBytes: MAX_INPUTS })) {
    if (event.kind === 'data') {
      bytes += event.bytes.length;
      if (inLock) lock?.push(event.bytes);
      continue;
    }
    const { path, size } = event;
    bytes += path.length + 512;
    if (path === HARNESS || path.startsWith(`${HARNESS}/`))
      throw new PortError('malformed', `expected no declared input in ${HARNESS}, where our own programs lie on Ray`);
    inLock = path === lockPath;
    if (inLock && size > MAX_LOCK)
      throw new PortError('malformed', `${path}: expected a lock of at most ${MAX_LOCK} bytes, found ${size}`);
    if (inLock) lock = [];
  }
  return { bytes, lock: lock === null ? null : Buffer.concat(lock).toString('utf8') };
}

/** What harness/main.py reads. It lies in the package and not in the environment, which Ray's dashboard shows. */
function orderFile({ execution, run, attempt, order, store, ingest }: Submission, packs: boolean): ZipFile {
  const { params, seed, resources } = order.request;
  const checkpoint = order.checkpoint ?? CheckpointConfig.parse({});
  const named = Object.entries(params).map(([name, value]) => [`TRAINYARD_PARAM_${name.toUpperCase()}`, String(value)]);
  const content = {
    execution,
    attempt,
    command: order.command,
    timeout: order.timeout,
    left: order.stage === undefined ? [] : stagePaths(order.stage).map((path) => [path, missingStageOutput(path)]),
    metrics: order.stage?.metrics ?? [],
    interval: checkpoint.interval,
    grace: checkpoint.grace,
    memory: resources.memory ?? null,
    params: `${JSON.stringify(params, null, 2)}\n`,
    locked: order.setup !== null,
    data: Object.fromEntries(Object.entries(order.data).map(([name, { path }]) => [name.toUpperCase(), path])),
    environment: {
      ...Object.fromEntries(named),
      ...(resources.nodes === undefined ? {} : { TRAINYARD_NODES: String(resources.nodes) }),
      TRAINYARD_RUN_ID: run,
      TRAINYARD_SEED: String(seed),
    },
    inputs: packs ? null : store.inputs,
    output: store.output,
    status: store.status,
    restore: store.restore,
    checkpoint: store.checkpoint,
    ingest,
  };
  return { path: `${HARNESS}/order.json`, content: Buffer.from(JSON.stringify(content)), executable: false };
}
