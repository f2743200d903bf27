import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { RepositoryName, RunId } from '../../../core/names.ts';
import { RunnerName } from '../../../core/runners/names.ts';
import type { Machine, MachineOrder, RunnerProvider } from '../../../flows/ports.ts';
import { PortError } from '../../../flows/ports.ts';
import { kill, MACHINE, processesOf } from './processes.ts';

export interface LocalOptions {
  /** The API's address: any but one on this machine is refused, for code of a pull request would run here as you. */
  readonly githubUrl: string;
  /** The folder of a runner, which holds `run.sh`. */
  readonly runner: string;
  /** Where machines are written down, shared by all processes of the App. */
  readonly directory: string;
  readonly now: () => number;
  /** Names that a runner gets of the App's environment, and none that holds a secret. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What a machine was tagged with when it was made. */
const Tag = z.strictObject({
  name: RunnerName,
  run: RunId,
  repository: RepositoryName,
  createdAt: z.int(),
  deadline: z.int(),
});
type Tag = z.infer<typeof Tag>;

/** Only these are passed on: the App's environment holds its keys. */
const PASSED = ['PATH', 'LANG', 'LC_ALL', 'TZ'] as const;
/** Milliseconds a machine has from its tag to its first process, where whoever made it may have died in between. */
const STARTING = 10_000;
/** Left in its folder once it was started: without a process it has ended then. */
const STARTED = 'started';

/**
 * A machine is a process on this one, for a GitHub on this one: to see the whole loop, and to test it. It separates nothing.
 *
 * @throws PortError `forbidden` for a GitHub elsewhere, `malformed` where there is no runner
 */
export function localProvider(options: LocalOptions): RunnerProvider {
  const { hostname } = new URL(options.githubUrl);
  if (hostname !== '127.0.0.1' && hostname !== '[::1]' && hostname !== 'localhost')
    throw new PortError(
      'forbidden',
      `expected a GitHub on this machine for the runner provider local, got ${hostname}: its jobs would run here as you. Use another provider (docs/runners.md)`,
    );
  if (!existsSync(join(options.runner, 'run.sh')))
    throw new PortError('malformed', `expected the folder of a runner with run.sh, found none at ${options.runner}`);
  const folder = (name: RunnerName): string => join(options.directory, name);
  return {
    create: (order) => create(options, folder(order.name), order),
    async list(repository, run) {
      const tags = await readTags(options.directory);
      const wanted = tags.filter((tag) => tag.repository === repository && (run === null || tag.run === run));
      return wanted.map((tag) => machineOf(tag, options.now(), existsSync(join(folder(tag.name), STARTED))));
    },
    async terminate(name) {
      // What is killed may have started something a moment before.
      for (let round = 0; round < 50; round += 1) {
        const left = processesOf(name);
        if (left.length === 0) break;
        kill(left);
        await wait(10);
      }
      if (processesOf(name).length > 0) throw new PortError('unavailable', `processes of ${name} can't be ended yet`);
      await rm(folder(name), { recursive: true, force: true, maxRetries: 3 });
    },
    gone: async (name) => !existsSync(folder(name)) && processesOf(name).length === 0,
  };
}

async function create(options: LocalOptions, folder: string, order: MachineOrder): Promise<void> {
  const { name, run, repository, deadline } = order;
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const tag: Tag = { name, run, repository, createdAt: options.now(), deadline };
  // The tag comes with the folder, all or nothing, and whoever comes second finds it there.
  const making = `${folder}.${process.pid}.making`;
  await mkdir(making, { recursive: true, mode: 0o700 });
  await writeFile(join(making, 'machine.json'), JSON.stringify(tag));
  try {
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    if (existsSync(folder)) return;
    throw error;
  }
  const log = await open(join(folder, 'log'), 'a', 0o600);
  try {
    await start(options, folder, order, log.fd);
    await writeFile(join(folder, STARTED), '');
  } finally {
    await log.close();
  }
}

async function start(options: LocalOptions, folder: string, order: MachineOrder, log: number): Promise<void> {
  const passed = PASSED.flatMap((name) => {
    const value = options.environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // `timeout` ends it although nobody of us may be left; its config is in no list of processes that others may read.
  const child = spawn('timeout', ['--signal=KILL', String(order.deadline), join(options.runner, 'run.sh')], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      ...Object.fromEntries(passed),
      HOME: folder,
      [MACHINE]: order.name,
      ACTIONS_RUNNER_INPUT_JITCONFIG: order.jitConfig,
    },
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new PortError('unavailable', 'the runner could not be started', { cause })));
  });
  child.unref();
}

function machineOf({ name, run, createdAt }: Tag, now: number, started: boolean): Machine {
  const running = processesOf(name).length > 0;
  const state = running ? 'running' : !started && now - createdAt < STARTING ? 'starting' : 'ended';
  return { name, run, createdAt, state, reason: state === 'ended' ? 'its process has ended' : null };
}

async function readTags(directory: string): Promise<readonly Tag[]> {
  const names = existsSync(directory) ? await readdir(directory) : [];
  const tags = await Promise.all(
    names.map(async (name) => {
      if (!RunnerName.safeParse(name).success) return [];
      const text = await readFile(join(directory, name, 'machine.json'), 'utf8').catch(() => null);
      return text === null ? [] : [Tag.parse(JSON.parse(text))];
    }),
  );
  return tags.flat();
}
