import { randomBytes } from 'node:crypto';
import { mkdir, readlink, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type ConfinedCommand, type ConfinedOutcome, runConfined, runUnconfined } from './confined.ts';
import { type Launcher, launchers } from './launcher.ts';

export interface Sandbox {
  readonly kind: 'namespaces' | 'none';
  /** For the log: how it is made, and what is weaker about it. */
  readonly description: string;
  run(command: ConfinedCommand): Promise<ConfinedOutcome>;
}

export type SandboxSearch = Sandbox | { readonly kind: 'unavailable'; readonly message: string };

/**
 * Finds the strongest way to confine a process on this machine and proves it with a canary before anything hostile
 * runs (DESIGN section 6). Policy `none` skips both, in the open.
 *
 * @param scratch directory for temporary files; created
 * @param effectiveUid `process.geteuid()`
 */
export async function openSandbox(
  policy: 'required' | 'none',
  scratch: string,
  effectiveUid: number,
): Promise<SandboxSearch> {
  if (policy === 'none') {
    return {
      kind: 'none',
      description: 'none: policy allows the model to run with the network and as the runner’s user',
      run: (command) => runUnconfined(scratch, command),
    };
  }
  const failures: string[] = [];
  for (const launcher of launchers(effectiveUid)) {
    const failure = await sing(launcher, scratch);
    if (failure === null) {
      return {
        kind: 'namespaces',
        description: `namespaces by ${launcher.name}, ${launcher.mode === 'switch' ? `uid ${launcher.uid}` : 'same uid, no privileges'}`,
        run: (command) => runConfined(launcher, scratch, command),
      };
    }
    failures.push(failure);
  }
  return { kind: 'unavailable', message: `no sandbox can be had on this runner: ${failures.join('; ')}` };
}

/**
 * Runs inside: reports what it could reach. 192.0.2.1 is a documentation address (RFC 5737) that no host answers: with
 * no route at all the kernel refuses at once, while on a connected host the attempt would hang and be reported.
 */
const CANARY = `
for target in "$LOOPBACK" 192.0.2.1/443; do
  if said=$(timeout 3 bash -c "exec 3<>/dev/tcp/$target" 2>&1); then echo "connected $target"
  else case $said in *"Network is unreachable"*) echo "unreachable" ;; *) echo "other $target $said" ;; esac; fi
done
if [ -e "$HIDDEN" ]; then echo "visible"; else echo "hidden"; fi
if (: >/etc/canary) 2>/dev/null || (: >/usr/canary) 2>/dev/null; then echo "writable"; else echo "read-only"; fi
while read -r name value _; do
  case $name in Uid:) if [ "$value" != "$OUTSIDE_UID" ]; then echo "another uid"; else echo "same uid"; fi ;;
  CapPrm:|CapEff:|CapBnd:|NoNewPrivs:) echo "$name $value" ;; esac
done </proc/self/status
for kind in ipc mnt net pid uts; do
  if [ "$(readlink "/proc/self/ns/$kind")" = "$(printenv "OUTSIDE_$kind")" ]; then echo "shared $kind"; fi
done
`;

const NONE = '0000000000000000';

/** Where no other uid is mapped, the process sees itself as its namespace's uid 0, which holds no capability there. */
const EXPECTED_SONG = [
  'unreachable',
  'unreachable',
  'hidden',
  'read-only',
  'another uid',
  `CapPrm: ${NONE}`,
  `CapEff: ${NONE}`,
  `CapBnd: ${NONE}`,
  'NoNewPrivs: 1',
  '',
].join('\n');

/** Null when the canary proves the sandbox; otherwise why not. */
async function sing(launcher: Launcher, scratch: string): Promise<string | null> {
  await mkdir(scratch, { recursive: true });
  const hidden = join(scratch, `canary-${randomBytes(8).toString('hex')}`);
  await writeFile(hidden, 'visible');
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  try {
    const port = await listen(server);
    const outcome = await runConfined(launcher, scratch, {
      command: `{ ${CANARY} } >"$TRAINYARD_OUTPUT/song"`,
      cwd: '/',
      environment: {
        LC_ALL: 'C',
        LOOPBACK: `127.0.0.1/${port}`,
        HIDDEN: hidden,
        OUTSIDE_UID: String(process.geteuid?.() ?? -1),
        ...(await ownNamespaces()),
      },
      path: [],
      mounts: [],
      timeoutSeconds: 20,
      output: { name: 'song', maxBytes: 4096 },
    });
    if (outcome.kind === 'unavailable') return outcome.message;
    const song = outcome.output?.toString('utf8') ?? '';
    if (outcome.status !== 0 || song !== EXPECTED_SONG) {
      return `${launcher.name}: the canary sang otherwise than expected (exit ${outcome.status}): ${song.trim().replaceAll('\n', ', ')}`;
    }
    if (connections !== 0) return `${launcher.name}: the canary reached the host’s loopback`;
    // The other half of the proof: from outside, the very listener that it could not reach does answer.
    await reach(port);
    return null;
  } finally {
    server.close();
    await rm(hidden, { force: true });
  }
}

/** Without /proc (not Linux) there is nothing to compare, and no launcher works either. */
async function ownNamespaces(): Promise<Record<string, string>> {
  const kinds = ['ipc', 'mnt', 'net', 'pid', 'uts'];
  const links = await Promise.all(kinds.map((kind) => readlink(`/proc/self/ns/${kind}`).catch(() => '')));
  return Object.fromEntries(kinds.map((kind, index) => [`OUTSIDE_${kind}`, links[index] ?? '']));
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no TCP address'));
      else resolve(address.port);
    });
  });
}

function reach(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
