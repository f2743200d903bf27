import { setTimeout as wait } from 'node:timers/promises';
import { BEHAVIOURS, type Behaviour, BROKEN_TEXT, FLOOD, PRINTED } from '../../../contracts/engine.ts';
import type { Json } from '../../../fakes/kubernetes/json.ts';
import type { Admin } from './real/admin.ts';

const NAMESPACE = 'trainyard-runs';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;

export interface KubeletOptions {
  readonly admin: Admin;
  /** Puts a container's log where the API server finds it: lines as a container runtime writes them. */
  readonly keepLog: (pod: Json, lines: Buffer) => Promise<void>;
  /** Between two looks at the pods. */
  readonly intervalMs: number;
}

/**
 * Says of pods what a kubelet says whose containers behave as their command is named: nothing runs. What follows from it
 * is the cluster's own work.
 */
export class Kubelet {
  readonly #admin: Admin;
  readonly #options: KubeletOptions;
  readonly #ticks = new Map<string, number>();
  /** Every pod of a first machine that was ever seen, by its execution. */
  readonly #seen = new Map<string, Set<string>>();
  /** Nodes whose kubelet has fallen silent. */
  readonly silent = new Set<string>();
  #stopped = false;
  #loop: Promise<void>;

  constructor(options: KubeletOptions) {
    this.#admin = options.admin;
    this.#options = options;
    this.#loop = this.#run();
  }

  started(execution: string): number {
    return this.#seen.get(execution)?.size ?? 0;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const list = await this.#admin.ask('GET', PODS).catch(() => null);
      for (const pod of list?.items ?? []) await this.#tend(pod).catch(() => undefined);
      await wait(this.#options.intervalMs);
    }
  }

  async #tend(pod: Json): Promise<void> {
    const { uid, name, labels } = pod.metadata;
    const execution = labels['trainyard.dev/execution'];
    if ((labels['batch.kubernetes.io/job-completion-index'] ?? '0') === '0') {
      const seen = this.#seen.get(execution) ?? new Set();
      this.#seen.set(execution, seen.add(uid));
    }
    const { nodeName } = pod.spec;
    if (nodeName === undefined || this.silent.has(nodeName)) return;
    if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') {
      if (pod.metadata.deletionTimestamp !== undefined) await this.#remove(name);
      return;
    }
    const tick = (this.#ticks.get(uid) ?? 0) + 1;
    this.#ticks.set(uid, tick);
    const command = pod.spec.containers[0].command.at(-1);
    const behaviour = Object.keys(BEHAVIOURS).find((known) => known === command) as Behaviour | undefined;
    if (behaviour === undefined) throw new Error(`expected the name of a behaviour, found ${command}`);
    if (pod.metadata.deletionTimestamp !== undefined) return this.#stopPod(pod, behaviour, tick);
    await this.#act(pod, behaviour, tick);
  }

  async #act(pod: Json, behaviour: Behaviour, tick: number): Promise<void> {
    if (behaviour === 'has an image that can’t be pulled') {
      const waiting = {
        reason: 'ImagePullBackOff',
        message: 'Back-off pulling image "x": manifest unknown: not found',
      };
      return this.#say(pod, { phase: 'Pending', containerStatuses: [status(trained(pod), { waiting })] });
    }
    if (tick === 1) {
      await this.#options.keepLog(pod, logOf(behaviour));
      return this.#say(pod, {
        phase: 'Pending',
        initContainerStatuses: [status('inputs', { running: { startedAt: now() } })],
      });
    }
    if (tick === 2) return this.#say(pod, running(trained(pod)));
    const end = ENDS[behaviour];
    if (end !== undefined) await this.#say(pod, ended(trained(pod), ...end));
  }

  /** SIGTERM, and what comes of it; a deaf command falls to SIGKILL when its grace period is over, here at once. */
  async #stopPod(pod: Json, behaviour: Behaviour, tick: number): Promise<void> {
    if (behaviour === 'is deaf' && tick < 8) return;
    await this.#tellOfKilling(pod);
    await this.#say(
      pod,
      ended(trained(pod), behaviour === 'is deaf' ? 137 : 143, {
        reason: 'stopped',
        message: 'It was stopped.',
        exitCode: 143,
      }),
    );
  }

  async #tellOfKilling({ metadata: { name, uid } }: Json): Promise<void> {
    await this.#admin.ask('POST', `/api/v1/namespaces/${NAMESPACE}/events`, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: 'killing-' },
      type: 'Normal',
      reason: 'Killing',
      message: 'Stopping container train',
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name, uid },
      source: { component: 'kubelet' },
    });
  }

  async #say(pod: Json, status: Json): Promise<void> {
    const startTime = pod.status.startTime ?? now();
    const path = `${PODS}/${pod.metadata.name}/status`;
    await this.#admin.ask('PATCH', path, { status: { ...status, startTime } });
  }

  /** A kubelet removes what was deleted once its containers are gone. */
  async #remove(name: string): Promise<void> {
    await this.#admin.ask('DELETE', `${PODS}/${name}`, { gracePeriodSeconds: 0 }, [404]);
  }
}

type Report = { readonly reason: string; readonly message: string; readonly exitCode: number | null };
const FINE: Report = { reason: 'succeeded', message: 'It left an output.', exitCode: 0 };

/** Exit code of the command's container, what the collector says, and why the container ended where that was no exit. */
const ENDS: Partial<Record<Behaviour, readonly [number, Report | null, string?]>> = {
  succeeds: [0, FINE],
  'prints no UTF-8': [0, FINE],
  floods: [0, FINE],
  'exits with 3': [3, { reason: 'command_failed', message: 'The command exited with 3.', exitCode: 3 }],
  'is not found': [127, { reason: 'command_not_found', message: 'No such program.', exitCode: 127 }],
  'needs too much memory': [137, null, 'OOMKilled'],
  'leaves nothing': [70, { reason: 'no_output', message: 'It left nothing.', exitCode: 0 }],
  'leaves less than its stage': [70, { reason: 'no_output', message: 'It left no b.', exitCode: 0 }],
  'outlives its timeout': [143, { reason: 'timed_out', message: 'It ran longer than 2 s.', exitCode: 143 }],
  'has a lock that can’t be installed': [
    1,
    {
      reason: 'setup_failed',
      message: 'No matching distribution found for no-such-package-of-trainyard==1.0',
      exitCode: null,
    },
  ],
};

function status(name: string, state: Json): Json {
  return {
    name,
    image: 'x',
    imageID: '',
    ready: state.running !== undefined,
    restartCount: 0,
    state,
  };
}

/** The name of the command's container. */
function trained(pod: Json): string {
  return pod.spec.containers[0].name;
}

function running(name: string): Json {
  const begun = { running: { startedAt: now() } };
  return {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    initContainerStatuses: [
      status('inputs', { terminated: { exitCode: 0, startedAt: now(), finishedAt: now() } }),
      status('collector', begun),
    ],
    containerStatuses: [status(name, begun)],
  };
}

function ended(
  name: string,
  exitCode: number,
  report: Report | null,
  reason = exitCode === 0 ? 'Completed' : 'Error',
): Json {
  const times = { startedAt: now(), finishedAt: now() };
  const message = report === null ? undefined : JSON.stringify(report);
  return {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    initContainerStatuses: [
      status('inputs', { terminated: { exitCode: 0, ...times } }),
      status('collector', { terminated: { exitCode: 0, ...(message === undefined ? {} : { message }), ...times } }),
    ],
    containerStatuses: [status(name, { terminated: { exitCode, reason, ...times } })],
  };
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

/** As a container runtime writes it: `time stream tag text`. */
function logOf(behaviour: Behaviour): Buffer {
  switch (behaviour) {
    case 'succeeds':
      return lines(PRINTED.map((line) => Buffer.from(line)));
    case 'prints no UTF-8':
      return lines(split(BROKEN_TEXT));
    case 'floods':
      return lines(
        Array.from({ length: FLOOD / 64 }, (_, line) =>
          Buffer.from(`${String(line).padStart(8, '0')} ${'x'.repeat(54)}`),
        ),
      );
    case 'waits':
      return lines([Buffer.from('waiting')]);
    default:
      return Buffer.alloc(0);
  }
}

/** Several lines of one time among them, as a fast program's are. */
function lines(texts: readonly Buffer[]): Buffer {
  const begun = Date.now();
  return Buffer.concat(
    texts.flatMap((text, index) => {
      const time = new Date(begun + Math.floor(index / 100)).toISOString().replace('Z', '000123Z');
      return [Buffer.from(`${time} stdout F `), text, Buffer.from('\n')];
    }),
  );
}

function split(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return parts;
}
