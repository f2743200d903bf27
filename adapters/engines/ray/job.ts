import { z } from 'zod';
import { machinesOf } from '../../../core/policy/machines.ts';
import { PortError, type Submission } from '../../../flows/ports.ts';
import { checkLock } from '../../python/requirements.ts';
import type { JobAnswer, RayNode } from './answers.ts';
import type { RayOptions } from './options.ts';
import { HARNESS } from './package.ts';

/** Seconds that the harness has, after the command, to store a last checkpoint and say how it ended. */
const LAST_WORDS = 120;
/** Seconds that Ray has on each machine to install the packages of a job. */
export const SETUP_SECONDS = 1800;

/** What the job's command reserves, by Ray's names: `CPU`, `GPU`, `memory` (bytes), and custom ones. */
const Reservation = z.object({
  resources: z.record(z.string(), z.number()),
  labels: z.record(z.string(), z.string()),
});
type Reservation = z.infer<typeof Reservation>;

/** @throws PortError `malformed` for what Ray can't do */
export function reservation({ order }: Submission, options: RayOptions): Reservation {
  const { resources: asked, image } = order.request;
  if (image !== null)
    throw new PortError(
      'malformed',
      `expected no image on Ray, found ${image}: its machines run the image that the cluster was started from`,
    );
  if (options.reserve === 'workers') return { resources: { CPU: 1 }, labels: {} };
  const machines = machinesOf(asked);
  if (machines > 1)
    throw new PortError(
      'malformed',
      `resources.nodes is ${machines}, and a command that reserves for itself has one machine: set policy.engine_options.ray.reserve to workers, so that its own workers take the machines`,
    );
  const kind = asked.gpu === undefined ? undefined : options.gpus[asked.gpu];
  const byName = asked.gpu === undefined ? {} : { [`accelerator_type:${asked.gpu.toUpperCase()}`]: 0.001 };
  const special = asked.gpus === 0 ? { resources: {}, labels: {} } : (kind ?? { resources: byName, labels: {} });
  return {
    resources: {
      CPU: asked.cpus ?? 1,
      ...(asked.gpus === 0 ? {} : { GPU: asked.gpus }),
      ...(asked.memory === undefined ? {} : { memory: asked.memory }),
      ...special.resources,
    },
    labels: special.labels,
  };
}

/** Why no machine that is there now could ever hold it; null where one could. */
export function lacking({ resources, labels }: Reservation, nodes: readonly RayNode[]): string | null {
  const alive = nodes.filter(({ state }) => state === 'ALIVE');
  const labelled = alive.filter((node) =>
    Object.entries(labels).every(([name, value]) => node.labels?.[name] === value),
  );
  if (labelled.length === 0 && alive.length > 0)
    return `no machine of the cluster has the labels ${JSON.stringify(labels)}`;
  const fits = (node: RayNode): boolean =>
    Object.entries(resources).every(([name, amount]) => (node.resources_total[name] ?? 0) >= amount);
  if (labelled.some(fits)) return null;
  const most = Object.entries(resources)
    .map(([name, amount]) => ({
      name,
      amount,
      most: Math.max(0, ...labelled.map((node) => node.resources_total[name] ?? 0)),
    }))
    .filter((one) => one.most < one.amount);
  const each = most.map((one) => `${one.amount} ${one.name} (the most that one has is ${one.most})`);
  return each.length === 0
    ? `no machine of the cluster has all of ${words(resources)} at once`
    : `no machine of the cluster has ${each.join(', ')}`;
}

export function words(resources: Reservation['resources']): string {
  return Object.entries(resources)
    .map(([name, amount]) => `${amount} ${name}`)
    .join(', ');
}

/** The body of `POST /api/jobs/`. @throws PortError `malformed` for a lock that pins less than everything */
export function jobRequest(
  submission: Submission,
  { resources, labels }: Reservation,
  workingDirectory: { readonly uri: string; readonly lock: string | null },
): Record<string, unknown> {
  const { CPU, GPU, memory, ...custom } = resources;
  const { grace } = submission.order.checkpoint ?? { grace: 30 };
  return {
    submission_id: submission.execution,
    entrypoint: `exec python3 -E -s -B -u ${HARNESS}/main.py`,
    entrypoint_num_cpus: CPU ?? 0,
    entrypoint_num_gpus: GPU ?? 0,
    ...(memory === undefined ? {} : { entrypoint_memory: memory }),
    ...(Object.keys(custom).length === 0 ? {} : { entrypoint_resources: custom }),
    ...(Object.keys(labels).length === 0 ? {} : { entrypoint_label_selector: labels }),
    runtime_env: {
      working_dir: workingDirectory.uri,
      // Ray's own default is three seconds from SIGTERM to SIGKILL.
      env_vars: { RAY_JOB_STOP_WAIT_TIME_S: String(grace + LAST_WORDS) },
      config: { setup_timeout_seconds: SETUP_SECONDS },
      ...(workingDirectory.lock === null ? {} : { pip: pip(submission, workingDirectory.lock) }),
    },
    metadata: { ...marks(submission), trainyard_reserved: JSON.stringify({ resources, labels }) },
  };
}

/** What a job was submitted with: Ray itself does not say it again. */
export function reservedIn({ metadata }: JobAnswer): Reservation {
  try {
    return Reservation.parse(JSON.parse(metadata?.['trainyard_reserved'] ?? ''));
  } catch {
    // Somebody wrote over it. Then nothing is known to be missing.
    return { resources: {}, labels: {} };
  }
}

/** By what a job is known to be ours, and what it held. */
export function marks({ run, attempt, repository, order }: Submission): Record<string, string> {
  return {
    trainyard_run: run,
    trainyard_attempt: String(attempt),
    trainyard_repository: repository,
    trainyard_gpus: String(order.request.resources.gpus * machinesOf(order.request.resources)),
    trainyard_machines: String(machinesOf(order.request.resources)),
  };
}

/** The lock's lines as Ray takes them: one package each, with its hashes, which make pip check all of them. */
function pip({ order }: Submission, lock: string): { packages: readonly string[]; pip_check: false } {
  const problems = checkLock(lock);
  if (problems.length > 0)
    throw new PortError(
      'malformed',
      problems.map(({ line, message }) => `${order.setup}:${line}: ${message}`).join('\n'),
    );
  const packages = lock
    .replace(/\\\s*\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
  return { packages, pip_check: false };
}
