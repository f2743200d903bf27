import type { RepositoryName, RunId } from '../core/names.ts';
import { cutText } from '../core/reports/characters.ts';
import { decideRunners, type Removal } from '../core/runners/decide.ts';
import { machineDeadline } from '../core/runners/limits.ts';
import { ephemeralLabels, type ProviderName, type RunnerName, runLabel, runnerName } from '../core/runners/names.ts';
import { type JobSeen, type Lost, NO_MEMORY, RunnerMemory } from '../core/runners/situation.ts';
import { runnerWords } from '../core/runners/words.ts';
import { PortError, type Ports } from './ports.ts';
import type { EphemeralRunners, MachineOrder, RunnerProvider } from './runner-port.ts';

/** A run whose job may have a runner of ours, as its signed record has it. */
export interface RunnerNeed {
  readonly provider: ProviderName;
  /** The one that the ledger names: no other's job makes us create a machine. */
  readonly workflowRun: number;
  /** Seconds. */
  readonly timeout: number;
  readonly order: Pick<MachineOrder, 'resources' | 'trust'>;
}

export interface RunnerPorts extends Pick<Ports, 'clock' | 'turns'> {
  readonly inFlight: Pick<Ports['inFlight'], 'progress' | 'putProgress'>;
  readonly runners: EphemeralRunners;
}

export interface RunnerSubject {
  readonly repository: RepositoryName;
  readonly run: RunId;
  /** Null where the run needs none (any more): whatever there is of it is taken away. */
  readonly need: RunnerNeed | null;
}

export interface SettledRunner {
  /** What was done, in words. */
  readonly changes: readonly string[];
  /** Where there is something new to say of it: trouble, or its end, on the pull request, too. */
  readonly told: 'nowhere' | 'check' | 'pull_request';
}

/**
 * Looks at all there is of a run's runners, and does what is to be done now. Its own turn, among all processes: a runner
 * that was registered and has no machine yet would else be taken for one whose making broke off. Nothing that it returns
 * is secret: a durable engine may record it.
 */
export async function settleRunner(ports: RunnerPorts, subject: RunnerSubject): Promise<SettledRunner> {
  return ports.turns.take(`runner ${subject.run}`, async () => {
    try {
      return await settle(ports, subject);
    } catch (error) {
      // Waiting does not help, and nobody else's work is to wait for it: the run that needs the runner says so.
      if (!(error instanceof PortError) || error.code !== 'forbidden') throw error;
      const words = `Its runner can't be looked after: ${cutText(error.message, 400)}`;
      return { changes: [], told: await tell(ports, subject.run, subject.need === null ? null : words, true) };
    }
  });
}

async function settle(ports: RunnerPorts, subject: RunnerSubject): Promise<SettledRunner> {
  const { run, need } = subject;
  const before = await recall(ports, run);
  const seen = await look(ports, subject);
  const { job, machines } = seen;
  const { removals, create, memory } = decideRunners({ now: ports.clock.now().getTime(), ...seen, memory: before });
  const changes: string[] = [];
  let left = 0;
  for (const removal of removals) {
    const providers = machines.filter(({ name }) => name === removal.name).map(({ provider }) => provider);
    const done = await remove(ports.runners, subject, removal, providers);
    if (done === 'left') left += 1;
    else changes.push(`runner ${removal.name}: ${REMOVED[removal.why]}; it is taken away`);
  }
  let after = memory;
  // Where one could not be taken off it has a job by now, most likely this run's.
  if (create !== null && need !== null && left === 0) {
    const name = runnerName(run, create);
    // Before it is made: should this break off, the next look waits and takes another name.
    await remember(ports, run, after);
    const refused = await make(ports.runners, subject, need, name);
    changes.push(refused === null ? `runner ${name} is made` : `runner ${name} could not be made: ${refused}`);
    if (refused !== null) after = { ...after, lost: { why: 'refused', detail: refused } };
    else if (after.lost?.why === 'refused') after = { ...after, lost: null };
  }
  await remember(ports, run, after);
  const words = need === null ? null : runnerWords(need.provider, job, after);
  const told = await tell(ports, run, words, words !== null && after.lost !== null);
  return { changes, told };
}

const REMOVED: Readonly<Record<Lost | 'not_needed', string>> = {
  never_came: 'it did not come up in time',
  not_taken: 'GitHub did not give it the job',
  machine_ended: 'its machine has ended',
  lost_job: 'GitHub does not know it any more',
  half_made: 'it has no machine',
  taken: 'another job took it',
  refused: 'it could not be made',
  not_needed: 'no job waits for it',
};

async function look({ runners }: RunnerPorts, { repository, run, need }: RunnerSubject) {
  // The job last: what is registered and runs only becomes less by its end, and a newer view of it is the safer one.
  const registered = await runners.registrations.list(run);
  const machines = [];
  for (const [provider, port] of runners.providers)
    for (const machine of await port.list(repository, run)) machines.push({ ...machine, provider });
  const job = need === null ? null : await runners.registrations.job(need.workflowRun, runLabel(run));
  return { registered, machines, job };
}

/** Taken off GitHub's list first, so that it can't be given a job; its machine ends only once that has worked. */
async function remove(
  { registrations, providers }: EphemeralRunners,
  { run, need }: RunnerSubject,
  { name, registration, machine, why }: Removal,
  at: readonly ProviderName[],
): Promise<'removed' | 'left'> {
  if (registration !== null) {
    const now = await registrations.get(registration);
    if (now?.busy === true) return 'left';
    if (now !== null && (await registrations.remove(registration)) === 'busy') return 'left';
  }
  if (!machine) return 'removed';
  // Between the list and now it may have taken the job: it then is off the list only because it has ended, or not at all.
  if (why !== 'machine_ended' && need !== null) {
    const job = await registrations.job(need.workflowRun, runLabel(run));
    if (runsOn(job, name)) return 'left';
  }
  for (const provider of at) await providers.get(provider)?.terminate(name);
  return 'removed';
}

function runsOn(job: JobSeen | null, name: RunnerName): boolean {
  return job?.status === 'in_progress' && (job.runner === null || job.runner === name);
}

/** @returns why it was refused, in words; null when it is made */
async function make(
  { registrations, providers }: EphemeralRunners,
  { repository, run }: RunnerSubject,
  { provider: named, timeout, order }: RunnerNeed,
  name: RunnerName,
): Promise<string | null> {
  const provider = providers.get(named);
  if (provider === undefined)
    return `expected the App to be set up for the runner provider ${named}, which policy.runners names, but it is not (docs/runners.md)`;
  try {
    const config = await registrations.register(name, ephemeralLabels(named, run));
    // Its config was given to somebody who is gone: the next look takes it off, and another name.
    if (config === 'exists') return `the name ${name} is taken at GitHub`;
    await createOrTakeOff(registrations, provider, config.id, {
      ...order,
      ...{ name, run, repository },
      jitConfig: config.encoded,
      deadline: machineDeadline(timeout),
    });
    return null;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return cutText(error.message, 400);
  }
}

async function createOrTakeOff(
  registrations: EphemeralRunners['registrations'],
  provider: RunnerProvider,
  id: number,
  order: MachineOrder,
): Promise<void> {
  try {
    await provider.create(order);
  } catch (error) {
    // It may have been made all the same; without its registration it can take no job, and the next look finds it.
    await registrations.remove(id).catch(() => null);
    throw error;
  }
}

type Remembering = Pick<RunnerPorts, 'inFlight'>;

const memoryKey = (run: RunId): string => `runner ${run}`;
const wordsKey = (run: RunId): string => `runner words ${run}`;

async function recall({ inFlight }: Remembering, run: RunId): Promise<RunnerMemory> {
  const stored = await inFlight.progress(memoryKey(run));
  if (stored === null) return NO_MEMORY;
  try {
    return RunnerMemory.parse(JSON.parse(stored));
  } catch {
    // Of another release: a hint that can't be read is as good as none.
    return NO_MEMORY;
  }
}

async function remember({ inFlight }: Remembering, run: RunId, memory: RunnerMemory): Promise<void> {
  const text = JSON.stringify(memory);
  if ((await inFlight.progress(memoryKey(run))) === text) return;
  if (text === JSON.stringify(NO_MEMORY) && (await inFlight.progress(memoryKey(run))) === null) return;
  await inFlight.putProgress(memoryKey(run), text);
}

const troubleKey = (run: RunId): string => `runner trouble ${run}`;

async function tell(
  ports: Remembering,
  run: RunId,
  words: string | null,
  trouble: boolean,
): Promise<SettledRunner['told']> {
  if ((await runnerNote(ports, run)) === words) return 'nowhere';
  const before = await runnerTrouble(ports, run);
  const now = trouble ? words : null;
  if (now !== before) await ports.inFlight.putProgress(troubleKey(run), now ?? '');
  await ports.inFlight.putProgress(wordsKey(run), words ?? '');
  return now === before ? 'check' : 'pull_request';
}

/** What the run's check says of its runner: a line of ours, then any of the provider's; null for nothing. */
export async function runnerNote({ inFlight }: Remembering, run: RunId): Promise<string | null> {
  return (await inFlight.progress(wordsKey(run))) || null;
}

/** The same where its runner never came, came late, lost its job or can't be made: the pull request says that, too. */
export async function runnerTrouble({ inFlight }: Remembering, run: RunId): Promise<string | null> {
  return (await inFlight.progress(troubleKey(run))) || null;
}
