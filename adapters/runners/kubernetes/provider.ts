import { z } from 'zod';
import { RunnerName, readRunnerName } from '../../../core/runners/names.ts';
import type { Machine, RunnerProvider } from '../../../flows/ports.ts';
import { KubernetesApi } from '../../engines/kubernetes/api.ts';
import type { Cluster } from '../../engines/kubernetes/cluster.ts';
import { networkPolicyManifest, podManifest, secretManifest, selectorOf } from './manifests.ts';
import type { KubernetesRunnerOptions } from './options.ts';

const Waiting = z.object({ reason: z.string().optional(), message: z.string().optional() });
const Pod = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    creationTimestamp: z.string(),
    deletionTimestamp: z.string().optional(),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      reason: z.string().optional(),
      message: z.string().optional(),
      conditions: z.array(z.object({ type: z.string(), status: z.string(), ...Waiting.shape })).optional(),
      containerStatuses: z.array(z.object({ state: z.object({ waiting: Waiting.optional() }).default({}) })).optional(),
    })
    .default({}),
});
type Pod = z.infer<typeof Pod>;
const Pods = z.object({ items: z.array(Pod), metadata: z.object({ continue: z.string().optional() }).default({}) });
/** Metadata alone: what a Secret holds is not ours to read back. */
const Thing = z.object({ metadata: z.object({ name: z.string() }) });

export interface KubernetesRunners {
  /** Opened when it is first needed, and kept. */
  readonly cluster: () => Promise<Cluster>;
  readonly options: KubernetesRunnerOptions;
  /** Milliseconds since the epoch, where the API server does not say its own. */
  readonly clock: () => number;
}

/** A pod for each job, in a namespace of the App's own cluster. */
export function kubernetesProvider({ cluster, options, clock }: KubernetesRunners): RunnerProvider {
  const { namespace } = options;
  const core = `/api/v1/namespaces/${namespace}`;
  const podAt = (name: RunnerName): string => `${core}/pods/${name}`;
  const secretAt = (name: RunnerName): string => `${core}/secrets/${name}`;
  let opened: Promise<KubernetesApi> | null = null;
  const api = (): Promise<KubernetesApi> => {
    opened ??= cluster().then((found) => new KubernetesApi(found, clock));
    // Credentials that were not there may be when it is asked again.
    opened.catch(() => {
      opened = null;
    });
    return opened;
  };
  const pods = async (selector: string): Promise<Pod[]> => {
    const found: Pod[] = [];
    let next = '';
    do {
      const query = { labelSelector: selector, limit: '500', ...(next === '' ? {} : { continue: next }) };
      const page = await (await api()).read(`${core}/pods`, Pods, query);
      found.push(...(page?.value.items ?? []));
      next = page?.value.metadata.continue ?? '';
    } while (next !== '');
    return found;
  };
  return {
    async create(order) {
      const client = await api();
      // Before the pod, which without it could reach the machine's own identity.
      const policies = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
      await client.create(policies, networkPolicyManifest(options), Thing);
      // The pod goes first: it waits for its Secret, which is its own and goes with it whoever takes it away.
      const made = await client.create(`${core}/pods`, podManifest(order, options), Pod);
      const pod = made ?? (await client.read(podAt(order.name), Pod))?.value;
      if (pod === undefined || (pod.status.phase !== undefined && pod.status.phase !== 'Pending')) return;
      await client.create(`${core}/secrets`, secretManifest(order, namespace, pod.metadata), Thing);
    },
    async list(repository, run) {
      const found = await pods(selectorOf(repository, run));
      const machines = found.flatMap((pod) => machineOf(pod) ?? []);
      // Read when the container was started, and of no more use to anybody but who would misuse it.
      for (const { name, state } of machines) if (state === 'running') await (await api()).remove(secretAt(name));
      return machines;
    },
    async terminate(name) {
      const client = await api();
      await client.remove(podAt(name));
      await client.remove(secretAt(name));
    },
    async gone(name) {
      const client = await api();
      if ((await client.read(podAt(name), Thing)) !== null) return false;
      // Secrets are written and taken away, and never read.
      await client.remove(secretAt(name));
      return true;
    },
  };
}

/** Null for a pod that is none of ours, whatever its labels say. */
function machineOf({ metadata, status }: Pod): Machine | null {
  const name = RunnerName.safeParse(metadata.name);
  const run = readRunnerName(metadata.name)?.run;
  if (!name.success || run === undefined) return null;
  const ended = status.phase === 'Succeeded' || status.phase === 'Failed' || metadata.deletionTimestamp !== undefined;
  const state = ended ? 'ended' : status.phase === 'Running' ? 'running' : 'starting';
  const createdAt = Date.parse(metadata.creationTimestamp);
  return { name: name.data, run, createdAt, state, reason: state === 'running' ? null : reasonOf(status) };
}

/** Why it ended, or what it waits for. */
function reasonOf({ reason, message, conditions = [], containerStatuses = [] }: Pod['status']): string | null {
  const waiting = containerStatuses.map(({ state }) => state.waiting).find((one) => one !== undefined);
  const unmet = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const said = reason === undefined ? (waiting ?? unmet) : { reason, message };
  const words = [said?.reason, said?.message].filter((one) => one !== undefined && one !== '');
  return words.length === 0 ? null : words.join(': ').slice(0, 400);
}
