import { constants } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { argumentsOf, type Launcher, type Mount } from './launcher.ts';
import { runInGroup, type Take } from './process-group.ts';

/** What a command in the sandbox gets, and the one file that is taken out of its output directory. */
export interface ConfinedCommand {
  readonly command: string;
  readonly cwd: string;
  /** The whole environment but PATH, HOME, TMPDIR, LANG and TRAINYARD_OUTPUT, which are set for it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Prepended to the system's PATH. */
  readonly path: readonly string[];
  readonly mounts: readonly Mount[];
  readonly timeoutSeconds: number;
  readonly output: { readonly name: string; readonly maxBytes: number } | null;
  readonly onLog?: Take;
  readonly cancel?: AbortSignal;
}

export type ConfinedOutcome =
  /** `output` is null when the command left no regular file of that name, or one that is too large. */
  | {
      readonly kind: 'ended';
      readonly status: number;
      readonly timedOut: boolean;
      readonly seconds: number;
      readonly output: Buffer | null;
      readonly tooLarge: boolean;
    }
  /** The sandbox could not be built, or broke: nothing that the command did counts. */
  | { readonly kind: 'unavailable'; readonly message: string };

const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin'] as const;
const OUTPUT_DIRECTORY = '/trainyard-output';
/** On top of the command's own limit, for building and taking down the namespaces. */
const SETUP_SECONDS = 30;

/** Runs a command in fresh namespaces. @param scratch a directory of ours on any file system */
export async function runConfined(
  launcher: Launcher,
  scratch: string,
  request: ConfinedCommand,
): Promise<ConfinedOutcome> {
  await mkdir(scratch, { recursive: true });
  const root = await mkdtemp(join(scratch, 'root-'));
  const header: Buffer[] = [];
  let headerBytes = 0;
  const limit = (request.output?.maxBytes ?? 0) + 64;
  const log: Buffer[] = [];
  const outcome = await runInGroup(
    argumentsOf(launcher, {
      root,
      cwd: request.cwd,
      command: request.command,
      environment: environmentOf(request, OUTPUT_DIRECTORY, '/tmp'),
      mounts: request.mounts,
      seconds: request.timeoutSeconds,
      output: request.output,
    }),
    {
      cwd: '/',
      environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      timeoutSeconds: request.timeoutSeconds + SETUP_SECONDS,
      lifeline: 'own',
      ...(request.cancel === undefined ? {} : { cancel: request.cancel }),
      onStdout: (chunk) => {
        if (headerBytes < limit) header.push(chunk);
        headerBytes += chunk.length;
      },
      onOutput: (chunk) => {
        if (log.length < 16) log.push(chunk);
        return request.onLog?.(chunk);
      },
    },
  );
  await rm(root, { recursive: true, force: true });

  const result = readResult(Buffer.concat(header));
  if (outcome.exitCode !== 0 || result === null) {
    const said = Buffer.concat(log).toString('utf8').trim().slice(0, 500);
    const how = outcome.error ?? (outcome.timedOut ? 'timed out' : `exit ${outcome.exitCode ?? outcome.signal}`);
    return { kind: 'unavailable', message: `${launcher.name}: ${how}${said === '' ? '' : `: ${said}`}` };
  }
  const tooLarge = request.output !== null && result.output.length > request.output.maxBytes;
  return {
    kind: 'ended',
    status: result.status,
    // `timeout` ends with the signal that it sends; 124 is its own word for it.
    timedOut: (result.status === 137 || result.status === 124) && outcome.seconds >= request.timeoutSeconds,
    seconds: outcome.seconds,
    output: request.output === null || tooLarge || !result.hasOutput ? null : result.output,
    tooLarge,
  };
}

/** For `sandbox: none`: a clean environment and a time limit, and nothing else. */
export async function runUnconfined(scratch: string, request: ConfinedCommand): Promise<ConfinedOutcome> {
  await mkdir(scratch, { recursive: true });
  const home = await mkdtemp(join(scratch, 'home-'));
  const outputDirectory = await mkdtemp(join(scratch, 'output-'));
  const outcome = await runInGroup(['bash', '-e', '-o', 'pipefail', '-c', request.command], {
    cwd: request.cwd,
    environment: environmentOf(request, outputDirectory, home),
    timeoutSeconds: request.timeoutSeconds,
    lifeline: 'group',
    ...(request.cancel === undefined ? {} : { cancel: request.cancel }),
    ...(request.onLog === undefined ? {} : { onOutput: request.onLog }),
  });
  if (outcome.error !== null) return { kind: 'unavailable', message: `bash could not be started: ${outcome.error}` };
  const read =
    request.output === null
      ? null
      : await readRegularFile(join(outputDirectory, request.output.name), request.output.maxBytes);
  return {
    kind: 'ended',
    status: outcome.exitCode ?? 128,
    timedOut: outcome.timedOut,
    seconds: outcome.seconds,
    output: read === 'too_large' ? null : read,
    tooLarge: read === 'too_large',
  };
}

function environmentOf(request: ConfinedCommand, output: string, home: string): Record<string, string> {
  return {
    PYTHONDONTWRITEBYTECODE: '1',
    ...request.environment,
    PATH: [...request.path, ...SYSTEM_PATH].join(':'),
    HOME: home,
    TMPDIR: home,
    LANG: 'C.UTF-8',
    TRAINYARD_OUTPUT: output,
  };
}

/** Parses `status <code>\n` and the bytes after it, which only the first process in the namespaces can write. */
function readResult(bytes: Buffer): { status: number; output: Buffer; hasOutput: boolean } | null {
  const end = bytes.indexOf(0x0a);
  if (end < 0 || end > 64) return null;
  const match = /^status (\d{1,3}) (file|none)$/.exec(bytes.subarray(0, end).toString('latin1'));
  if (match?.[1] === undefined) return null;
  return { status: Number(match[1]), output: bytes.subarray(end + 1), hasOutput: match[2] === 'file' };
}

/** Follows no link and reads no device or pipe, however the command left them there. */
async function readRegularFile(path: string, maxBytes: number): Promise<Buffer | 'too_large' | null> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return null;
      return stat.size > maxBytes ? 'too_large' : await file.readFile();
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
