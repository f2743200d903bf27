import type { Json } from './json.ts';
import type { Objects } from './objects.ts';

/** CPUs that pods of the namespace may ask for together, under a ResourceQuota of this name. */
export const QUOTA = { name: 'of-the-team', cpus: 800 } as const;

/** In the words of quota's admission; null where it fits. */
export function quotaProblem(objects: Objects, pod: Json): string | null {
  const used = objects
    .all('pods')
    .filter(({ status }) => status.phase !== 'Succeeded' && status.phase !== 'Failed')
    .reduce((sum, { spec }) => sum + cpusOf(spec), 0);
  const asked = cpusOf(pod.spec);
  if (used + asked <= QUOTA.cpus) return null;
  return `exceeded quota: ${QUOTA.name}, requested: requests.cpu=${asked}, used: requests.cpu=${used}, limited: requests.cpu=${QUOTA.cpus}`;
}

/** Gives pods their machines, or says why there is none. Pod GC fails what was on a machine that is gone, or never had one. */
export function schedule(objects: Objects): void {
  const nodes = objects.all('nodes');
  for (const pod of objects.all('pods')) {
    const { nodeName } = pod.spec;
    if (nodeName === undefined && pod.metadata.deletionTimestamp !== undefined) failOrphan(objects, pod, []);
    else if (nodeName === undefined) place(objects, pod, nodes);
    else if (!nodes.some(({ metadata }) => metadata.name === nodeName))
      failOrphan(objects, pod, [disruption('DeletionByPodGC', 'PodGC: node no longer exists')]);
  }
}

function place(objects: Objects, pod: Json, nodes: readonly Json[]): void {
  const lacks = nodes.map((node) => lackOf(pod, node));
  const fitting = nodes[lacks.indexOf(null)];
  if (fitting !== undefined) {
    objects.change(pod, ({ spec, status }) => {
      spec.nodeName = fitting.metadata.name;
      status.conditions = [scheduled(objects, 'True')];
    });
    return;
  }
  if (pod.status.conditions !== undefined) return;
  const counts = [...new Set(lacks)].map((lack) => `${lacks.filter((one) => one === lack).length} ${lack}`);
  const message = `0/${nodes.length} nodes are available: ${counts.join(', ')}.`;
  objects.change(pod, ({ status }) => {
    status.conditions = [{ ...scheduled(objects, 'False'), reason: 'Unschedulable', message }];
  });
}

function scheduled(objects: Objects, status: 'True' | 'False'): Json {
  return { type: 'PodScheduled', status, lastProbeTime: objects.now(), lastTransitionTime: objects.now() };
}

function lackOf({ spec }: Json, { metadata, status }: Json): string | null {
  const selector = Object.entries(spec.nodeSelector ?? {});
  if (selector.some(([key, value]) => metadata.labels[key] !== value))
    return "node(s) didn't match Pod's node affinity/selector";
  for (const container of spec.containers)
    for (const [name, amount] of Object.entries<string>(container.resources?.requests ?? {}))
      if (name.includes('/') && Number(amount) > Number(status.allocatable[name] ?? 0)) return `Insufficient ${name}`;
  return null;
}

function failOrphan(objects: Objects, pod: Json, conditions: readonly Json[]): void {
  if (pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed')
    objects.change(pod, ({ status }) => {
      status.phase = 'Failed';
      status.conditions = [...(status.conditions ?? []), ...conditions];
    });
  if (pod.metadata.deletionGracePeriodSeconds !== 0)
    objects.remove('pods', pod.metadata.name, { gracePeriodSeconds: 0 });
}

export function disruption(reason: string, message: string): Json {
  return { type: 'DisruptionTarget', status: 'True', reason, message };
}

function cpusOf({ containers, initContainers = [] }: Json): number {
  const asked = ({ resources }: Json): number => {
    const cpu: string = resources?.requests?.cpu ?? '0';
    return cpu.endsWith('m') ? Number(cpu.slice(0, -1)) / 1000 : Number(cpu);
  };
  const running = [...containers, ...initContainers.filter(({ restartPolicy }: Json) => restartPolicy === 'Always')];
  return running.reduce((sum: number, one: Json) => sum + asked(one), 0);
}
