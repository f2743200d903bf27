import { createHash, randomBytes } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { listOutput } from '../../adapters/archives/output.ts';
import { runInGroup } from '../../adapters/sandbox/process-group.ts';
import { digestOf } from '../../core/canonical.ts';
import { lastCheckpoint } from '../../core/training/checkpoint.ts';
import { OUTPUT_TAR, type TrainNote, TrainStatus } from '../../core/training/status.ts';
import { ulid } from '../../core/ulid.ts';
import type { Artifacts } from '../runtime/artifacts.ts';
import { CommandLog } from '../runtime/command-log.ts';
import { isBelow, refuseAway } from '../runtime/confined-files.ts';
import { ActionError } from '../runtime/error.ts';
import type { Job } from '../runtime/job.ts';
import { layPlaces, type TrainingPlaces, type TrainingTask } from './contract.ts';
import type { Inputs, Outputs } from './interface.ts';
import { EMPTY, gatherOutputs, isOutput, readSelfReported } from './output.ts';
import { type Present, presentOf } from './present.ts';
import { trainSummary } from './report.ts';
import { copyHead } from './sample.ts';
import { type CheckpointPlan, runTraining, type Trained } from './training.ts';

/** How Python and its libraries are found where an earlier step installed them. */
const FOUND_BY = ['LD_LIBRARY_PATH', 'VIRTUAL_ENV', 'CONDA_PREFIX', 'CONDA_DEFAULT_ENV'];

interface Alone {
  readonly inputs: Inputs;
  readonly job: Job;
  readonly artifacts: Artifacts;
  readonly workspace: string;
  readonly base: string;
  readonly log: CommandLog;
  readonly task: TrainingTask;
}

/** Trains in the checkout of anybody's job, under the same contract; what it leaves becomes an artifact of the job. */
export async function trainAlone(inputs: Inputs, job: Job, artifacts: Artifacts): Promise<Outputs> {
  if (inputs.command.trim() === '')
    throw new ActionError('input_invalid', 'command: expected what trains, as one line of bash');
  const workspace = job.environment['GITHUB_WORKSPACE'] ?? process.cwd();
  const base = await job.directory('train');
  const log = new CommandLog(job.log.raw, randomBytes(24).toString('hex'));
  const alone = { inputs, job, artifacts, workspace, base, log, task: await taskOf(inputs, job, workspace) };
  const places = await layPlaces(base, inputs.params, await workingDirectory(workspace, inputs));
  const tried = inputs.smoke ? await trial(alone) : { failed: null, notes: [] };
  const trained = tried.failed ?? (await trainAndGather(alone, places));
  const reported = await readSelfReported(places.output);
  const notes = [...tried.notes, ...trained.notes, ...reported.notes].slice(0, 20);
  const status = TrainStatus.parse({ version: 1, ...trained, notes, logTail: log.tail() });
  await job.summary(trainSummary(status));
  if (status.reason !== 'succeeded') {
    job.fail(`training ${status.reason.replaceAll('_', ' ')}: ${status.message}`);
    const { reason, seconds } = status;
    return { reason, seconds, metrics: reported.json, artifactId: '', artifactDigest: '' };
  }
  const kept = await upload(alone, places.output);
  return { reason: status.reason, seconds: status.seconds, metrics: reported.json, ...kept };
}

async function taskOf(inputs: Inputs, { environment }: Job, workspace: string): Promise<TrainingTask> {
  const data = await Promise.all(
    Object.entries(inputs.data).map(
      async ([name, path]) => [name, await within(workspace, path, `data: ${name}: `)] as const,
    ),
  );
  const passed = [...FOUND_BY, ...inputs.pass].flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    run: runOf(inputs, environment),
    command: inputs.command,
    params: inputs.params,
    seed: inputs.seed,
    data: Object.fromEntries(data),
    timeout: inputs.timeout,
    smoke: false,
    environment: Object.fromEntries(passed),
  };
}

/** The same for each attempt of a job, so that one goes on where another was lost; sorted by when its workflow run was made. */
function runOf({ command, params }: Inputs, environment: Job['environment']) {
  const named = ['GITHUB_REPOSITORY', 'GITHUB_RUN_ID', 'GITHUB_JOB'].map((name) => environment[name] ?? '');
  const text = JSON.stringify([...named, command, params]);
  const time = Number(environment['GITHUB_RUN_ID'] ?? 0);
  const bytes = createHash('sha256').update(text).digest().subarray(0, 10);
  return ulid(Number.isSafeInteger(time) && time < 2 ** 48 ? time : 0, bytes);
}

/** @param input which input names the path. @throws ActionError `input_invalid` where there is nothing, `input_refused` for what lies outside of the checkout, also by a link */
async function within(workspace: string, path: string, input: string): Promise<string> {
  const full = resolve(workspace, path);
  if (!isBelow(full, workspace))
    throw new ActionError(
      'input_refused',
      `${input}${path}: expected a path below the checkout, found one that leads out of it; have an earlier step put it there`,
    );
  const found = await stat(full).catch(() => null);
  if (found === null || !(found.isFile() || found.isDirectory())) {
    throw new ActionError(
      'input_invalid',
      `${input}${path}: expected a file or a folder of the checkout, found ${found === null ? 'none' : 'a pipe or a device'}; is there a checkout step before?`,
    );
  }
  await refuseAway(full, workspace);
  return full;
}

/** Where the command runs; what it is to leave there is looked at before it runs for hours. */
async function workingDirectory(workspace: string, { workingDirectory: path, outputs }: Inputs): Promise<string> {
  const tree = await within(workspace, path, 'working-directory: ');
  if (!(await stat(tree)).isDirectory())
    throw new ActionError('input_invalid', `working-directory: ${path}: expected a folder, found a file`);
  for (const output of outputs)
    if (!isOutput(output, tree))
      throw new ActionError('input_invalid', `outputs: ${output}: expected a path below the working directory`);
  return tree;
}

/** @throws ActionError `input_invalid` for what can't be copied, such as a pipe in a folder of data */
async function headOf(name: string, path: string, target: string, rows: number): Promise<readonly TrainNote[]> {
  try {
    return await copyHead(path, target, rows);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ActionError('input_invalid', `data: ${name}: can’t be copied for the sample: ${why}`, { cause: error });
  }
}

/** The command on the first rows of each dataset, before it costs more. */
async function trial(alone: Alone): Promise<{ readonly failed: Trained | null; readonly notes: readonly TrainNote[] }> {
  const { inputs, job, workspace, log, task } = alone;
  const base = await job.directory('sample');
  const places = await layPlaces(base, task.params, await workingDirectory(workspace, inputs));
  const data: Record<string, string> = {};
  const notes: TrainNote[] = [];
  for (const [name, path] of Object.entries(task.data)) {
    const target = join(base, 'data', name, path.split('/').at(-1) ?? '');
    await mkdir(dirname(target), { recursive: true });
    data[name] = target;
    notes.push(...(await headOf(name, path, target, inputs.smokeRows)));
  }
  log.say(`trying it on ${inputs.smokeRows} rows first`);
  const trained = await run(
    { ...alone, base, task: { ...task, data, smoke: true, timeout: inputs.smokeTimeout } },
    places,
    null,
  );
  const gathered = trained.reason === 'succeeded' ? await gather(trained, places, [], new Map()) : trained;
  switch (gathered.reason) {
    case 'succeeded':
      return { failed: null, notes: [...notes, ...gathered.notes] };
    case 'timed_out':
      return { failed: null, notes: [...notes, { code: 'smoke_unfinished', message: gathered.message }] };
    case 'setup_failed':
    case 'cancelled':
    case 'resources_missing':
      return { failed: gathered, notes };
    default: {
      const message = `On ${inputs.smokeRows} rows: ${gathered.message}`.slice(0, 4000);
      return { failed: { ...gathered, reason: 'smoke_failed', message }, notes };
    }
  }
}

async function trainAndGather(alone: Alone, places: TrainingPlaces): Promise<Trained> {
  const { outputs } = alone.inputs;
  const present = await presentOf(places.tree, outputs);
  const trained = await run(alone, places, await checkpointsOf(alone));
  return trained.reason === 'succeeded' ? gather(trained, places, outputs, present) : trained;
}

async function run(alone: Alone, places: TrainingPlaces, checkpoints: CheckpointPlan | null): Promise<Trained> {
  const { inputs, job, workspace, base, log, task } = alone;
  const setup =
    inputs.setup === '' ? null : { file: await within(workspace, inputs.setup, 'setup: '), path: inputs.setup };
  const { resources: wanted, checkpointGrace: graceSeconds } = inputs;
  const stall = {
    after: task.smoke ? null : inputs.stall,
    stop: !task.smoke && inputs.stalled === 'stop',
    says: 'the input stalled',
    gpus: wanted.gpus > 0,
    tell: null,
  };
  return runTraining(
    { task, places, setup, base, graceSeconds, wanted, readsParamsFile: false, post: null, checkpoints, stall },
    job,
    log,
  );
}

async function checkpointsOf({ inputs, job, artifacts, task }: Alone): Promise<CheckpointPlan | null> {
  const { environment } = job;
  const runId = Number(environment['GITHUB_RUN_ID'] ?? 0);
  if (!Number.isSafeInteger(runId) || runId < 1) return null;
  const again = Number(environment['GITHUB_RUN_ATTEMPT'] ?? 1) > 1;
  const last = again ? lastCheckpoint(await artifacts.list(), inputs.artifact) : null;
  const { command, params, seed, data, setup } = inputs;
  const fingerprint = digestOf({ commit: environment['GITHUB_SHA'] ?? '', command, params, seed, data, setup });
  return {
    place: { artifacts, runId },
    identity: { run: task.run, trust: 'member', fingerprint },
    prefix: inputs.artifact,
    from: last === null ? null : { ...last, runId },
    intervalSeconds: inputs.checkpointInterval,
  };
}

async function gather(
  trained: Trained,
  places: TrainingPlaces,
  outputs: readonly string[],
  present: Present,
): Promise<Trained> {
  const problem = await gatherOutputs(outputs, places.tree, places.output, present);
  if (problem !== null) return { ...trained, ...problem };
  const listed = await listOutput(places.output);
  if (listed.kind === 'listed') return listed.files.length > 0 ? trained : { ...trained, ...EMPTY };
  return { ...trained, reason: `output_${listed.kind}`, message: listed.message.slice(0, 4000) };
}

async function upload(
  { inputs, job, artifacts, task }: Alone,
  output: string,
): Promise<Pick<Outputs, 'artifactId' | 'artifactDigest'>> {
  const { directory, files } = await uploadable(job, output);
  // GitHub keeps one artifact of a name: in a further attempt it is of the one before, else another job's.
  const taken = (await artifacts.list()).some(({ name }) => name === inputs.artifact);
  const again = Number(job.environment['GITHUB_RUN_ATTEMPT'] ?? 1) > 1;
  const name = taken && !again ? `${inputs.artifact}-${task.run}` : inputs.artifact;
  if (taken && again) await artifacts.remove(name);
  if (name !== inputs.artifact)
    job.log.warning(
      `another job of this workflow run has left an artifact named ${inputs.artifact}, so the output is kept as ${name}: give each job of a matrix a name of its own in the input artifact`,
    );
  const { id, digest } = await artifacts.upload(name, directory, files);
  return { artifactId: String(id), artifactDigest: digest };
}

/** What GitHub takes in no path of an artifact, since not every file system has it. */
const NOT_IN_ARTIFACTS = /["*:<>?|\\\r\n]/;

/** The output's files; where GitHub would refuse the name of one, all of them as one archive, so that nothing is lost. */
async function uploadable(
  job: Job,
  output: string,
): Promise<{ readonly directory: string; readonly files: readonly string[] }> {
  const listed = await listOutput(output);
  if (listed.kind !== 'listed') throw new ActionError('output_invalid', listed.message);
  const refused = listed.files.find((path) => NOT_IN_ARTIFACTS.test(path));
  if (refused === undefined) return { directory: output, files: listed.files };
  const directory = await job.directory('archive');
  // The machine's own: our form of tar has names alone that a package may hold.
  const { exitCode } = await runInGroup(['tar', '-cf', join(directory, OUTPUT_TAR), '-C', output, '.'], {
    cwd: directory,
    environment: { PATH: job.environment['PATH'] ?? '' },
    timeoutSeconds: 1800,
  });
  if (exitCode !== 0)
    throw new ActionError(
      'output_invalid',
      `artifacts take no file named ${JSON.stringify(refused.slice(0, 200))}, and tar, which would keep it, ended with ${exitCode}: leave it under another name`,
    );
  job.log.warning(
    `artifacts take no file named ${JSON.stringify(refused.slice(0, 200))}, so all of the output is kept as ${OUTPUT_TAR}: leave names without any of " * : < > ? | \\ and line ends`,
  );
  return { directory, files: [OUTPUT_TAR] };
}
