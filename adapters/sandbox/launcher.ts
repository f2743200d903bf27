import { SANDBOX_SCRIPT } from './script.ts';

/**
 * A way to get namespaces on this machine. `switch` runs the command as a uid that nobody else uses; `keep` cannot,
 * because only the caller's own uid is mapped, and relies on the empty file system and the dropped privileges alone.
 */
export interface Launcher {
  readonly name: 'root' | 'subordinate-ids' | 'sudo' | 'user-namespace';
  readonly mode: 'switch' | 'keep';
  readonly uid: number;
  readonly prefix: readonly [string, ...string[]];
}

const UNSHARE = ['unshare', '--net', '--pid', '--mount', '--ipc', '--uts', '--fork', '--kill-child=KILL'] as const;

/** No distribution hands this uid out (systemd's table of uid ranges leaves 60578 to 61183 unused). */
const HOST_UID = 61_000;
/** Inside a user namespace with subordinate ids, where every mapped uid is the caller's own to use. */
const NAMESPACE_UID = 1000;

/** Strongest first: each but the last gives the model's process another uid than the runner's. */
export function launchers(effectiveUid: number): readonly Launcher[] {
  if (effectiveUid === 0) return [{ name: 'root', mode: 'switch', uid: HOST_UID, prefix: [...UNSHARE] }];
  return [
    {
      name: 'subordinate-ids',
      mode: 'switch',
      uid: NAMESPACE_UID,
      prefix: [...UNSHARE, '--user', '--map-root-user', '--map-auto'],
    },
    { name: 'sudo', mode: 'switch', uid: HOST_UID, prefix: ['sudo', '-n', '--', ...UNSHARE] },
    { name: 'user-namespace', mode: 'keep', uid: 0, prefix: [...UNSHARE, '--user', '--map-root-user'] },
  ];
}

/** A path that the command may read, at the same place as outside. `data` cannot be executed from. */
export interface Mount {
  readonly kind: 'code' | 'data';
  readonly path: string;
}

export interface LaunchRequest {
  /** An empty directory of the caller's, where the new file system is built. */
  readonly root: string;
  readonly cwd: string;
  /** A `bash -e -o pipefail` command line. */
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly seconds: number;
  readonly output: { readonly name: string; readonly maxBytes: number } | null;
}

/** The argument vector that runs the request; nothing in it passes through a shell but the command itself. */
export function argumentsOf(launcher: Launcher, request: LaunchRequest): [string, ...string[]] {
  const environment = Object.entries(request.environment).map(([name, value]) => `${name}=${value}`);
  return [
    ...launcher.prefix,
    '--',
    '/bin/sh',
    '-c',
    SANDBOX_SCRIPT,
    'sandbox',
    request.root,
    launcher.mode,
    String(launcher.uid),
    String(Math.ceil(request.seconds)),
    request.output?.name ?? '-',
    // One byte more than allowed, so that a file that is too large can be told from one that fits.
    String((request.output?.maxBytes ?? 0) + 1),
    ...request.mounts.flatMap((mount) => [mount.kind, mount.path]),
    '--',
    'env',
    '-i',
    `--chdir=${request.cwd}`,
    ...environment,
    'bash',
    '-e',
    '-o',
    'pipefail',
    '-c',
    request.command,
  ];
}
