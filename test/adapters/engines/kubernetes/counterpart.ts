import { KubeConfig } from '@kubernetes/client-node';
import { type Cluster, clusterOf } from '../../../../adapters/engines/kubernetes/cluster.ts';
import { kubernetesEngine } from '../../../../adapters/engines/kubernetes/engine.ts';
import type { ComputeEngine } from '../../../../flows/ports.ts';
import type { Behaviour, Counterpart } from '../../../contracts/engine.ts';
import { startFaultProxy } from '../../../fakes/fault-proxy.ts';
import type { Json } from '../../../fakes/kubernetes/json.ts';
import type { Kubelet } from './kubelet.ts';
import type { Admin } from './real/admin.ts';
import { OPTIONS, submissionOf, type Wanted } from './submission.ts';

const NAMESPACE = '/api/v1/namespaces/trainyard-runs';

export interface CounterpartParts {
  readonly admin: Admin;
  readonly kubelet: Kubelet;
  readonly cluster: Cluster;
  /** Where the same API server answers over plain HTTP, as the fault proxy speaks. */
  readonly plainUrl: string;
  /** Of the App. */
  readonly token: string;
  /** Machines of each run; 1 is a Job, more are a TrainJob. */
  readonly nodes: number;
  readonly patience: number;
  stop(): Promise<void>;
}

/** What the engine's suite asks of a cluster, whichever API server it is: a real one, or the one of everyday tests. */
export function kubernetesCounterpart(parts: CounterpartParts): Counterpart {
  const { admin, kubelet, cluster, plainUrl, token, nodes, patience } = parts;
  const proxies: { close(): Promise<void> }[] = [];
  const engineAt = (at: Cluster): ComputeEngine => kubernetesEngine({ cluster: at, options: OPTIONS, clock: Date.now });
  const pods = async (execution: string): Promise<Json[]> =>
    (await admin.ask('GET', `${NAMESPACE}/pods?labelSelector=trainyard.dev/execution=${execution}`)).items;
  let number = 0;
  return {
    engine: () => engineAt(cluster),
    spoiled(plan) {
      // Listening takes a turn of the loop, and this must not wait: requests that come before it wait in the client.
      const spoiled: { applied: () => number } = { applied: () => 0 };
      const started = startFaultProxy(plainUrl).then((it) => {
        proxies.push(it);
        it.follow(plan);
        spoiled.applied = () => it.applied().filter(({ fault }) => fault !== null).length;
        return engineAt(plainCluster(it.apiUrl, token));
      });
      return { engine: later(started), applied: () => spoiled.applied() };
    },
    async submission(behaviour) {
      number += 1;
      const wanted = wantedOf(behaviour);
      const several = nodes === 1 ? {} : { nodes };
      return submissionOf(number, { ...wanted, resources: { ...several, ...wanted.resources } });
    },
    started: async (execution) => kubelet.started(execution),
    holds: async (execution) =>
      (await pods(execution)).some(({ status }) => !['Succeeded', 'Failed'].includes(status.phase)),
    async inject(fault, execution) {
      const pod = (await pods(execution)).at(-1);
      switch (fault) {
        case 'engine’s process killed':
          return void (await admin.ask('DELETE', `${NAMESPACE}/pods/${pod.metadata.name}`, { gracePeriodSeconds: 0 }));
        case 'preempted':
          return void (await admin.ask('POST', `${NAMESPACE}/pods/${pod.metadata.name}/eviction`, {
            apiVersion: 'policy/v1',
            kind: 'Eviction',
            metadata: { name: pod.metadata.name },
          }));
        case 'machine lost':
          kubelet.silent.add(pod.spec.nodeName);
          await admin.ask('DELETE', `/api/v1/nodes/${pod.spec.nodeName}`);
          return;
        case 'forgotten':
          return void (await admin.ask('DELETE', topOf(execution, nodes), { propagationPolicy: 'Background' }));
      }
    },
    lacks: {},
    machines: nodes,
    patience,
    async stop() {
      await kubelet.stop();
      for (const proxy of proxies) await proxy.close();
      await parts.stop();
    },
  };
}

export function plainCluster(server: string, token: string): Cluster {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'c', server, skipTLSVerify: true }, { name: 'u', token });
  return clusterOf(config);
}

/** The object that an execution stands and falls with. */
function topOf(execution: string, nodes: number): string {
  const namespace = 'namespaces/trainyard-runs';
  return nodes === 1
    ? `/apis/batch/v1/${namespace}/jobs/${execution}`
    : `/apis/trainer.kubeflow.org/v1alpha1/${namespace}/trainjobs/${execution}`;
}

function wantedOf(behaviour: Behaviour): Wanted {
  switch (behaviour) {
    case 'asks for 4,096 GPUs':
      return { command: behaviour, resources: { gpus: 4096, gpu: 'a100' } };
    case 'is over quota':
      return { command: behaviour, resources: { cpus: 900 } };
    case 'outlives its timeout':
      return { command: behaviour, timeout: 2 };
    case 'has a lock that can’t be installed':
      return { command: behaviour, setup: 'requirements.lock' };
    default:
      return { command: behaviour };
  }
}

/** An engine that is there before it is. */
function later(engine: Promise<ComputeEngine>): ComputeEngine {
  return {
    submit: async (submission) => (await engine).submit(submission),
    observe: async (execution) => (await engine).observe(execution),
    log: async (execution, from, bytes) => (await engine).log(execution, from, bytes),
    cancel: async (execution) => (await engine).cancel(execution),
    forget: async (execution) => (await engine).forget(execution),
  };
}
