import type { RepositoryName } from '../../../core/names.ts';
import { machinesOf } from '../../../core/policy/machines.ts';
import type { ExecutionId } from '../../../core/training/execution.ts';
import { PortError, type Submission } from '../../../flows/ports.ts';
import { addressSecret } from './addresses.ts';
import type { KubernetesApi } from './api.ts';
import { isOver, ownedBy } from './executions.ts';
import { jobManifest, submissionDigest } from './job.ts';
import { ANNOTATION, secretName } from './names.ts';
import { networkPolicy, peersPolicy } from './network-policy.ts';
import { AnyObject, JobView, NamespaceView, TrainJobView } from './objects.ts';
import type { KubernetesOptions } from './options.ts';
import type { Paths } from './paths.ts';
import { TRAINER, trainingRuntime, trainJobManifest } from './train-job.ts';

/** Makes what an execution consists of, or finds what an earlier call made of it; each step may be the last before a crash. */
export async function submit(
  api: KubernetesApi,
  at: Paths,
  submission: Submission,
  options: KubernetesOptions,
): Promise<void> {
  await requireAllowed(api, options.namespace, submission.repository);
  // Before any pod, so that none ever runs without it.
  await api.create(at.networkPolicies, networkPolicy(submission.order.network, options), AnyObject);
  const isOnSeveral = machinesOf(submission.order.request.resources) > 1;
  const owners = isOnSeveral ? await trainJob(api, at, submission, options) : await job(api, at, submission, options);
  if (owners === null) return;
  const secret = addressSecret(submission, options.namespace, owners);
  const made = await api.create(at.secrets, secret, AnyObject);
  // Fresh addresses: what was signed earlier may soon be too old.
  if (made === null)
    await api.patch(`${at.secrets}/${secretName(submission.execution)}`, { stringData: secret.stringData });
}

/** @returns what the rest goes with; null where it is over */
async function job(api: KubernetesApi, at: Paths, submission: Submission, options: KubernetesOptions) {
  const path = at.job(submission.execution);
  const made = await api.create(at.jobs, jobManifest(submission, options), JobView);
  const top = made ?? (await found(api, path, submission, JobView));
  return isOver(top) ? null : ownedBy({ kind: 'Job', top }, 'batch/v1');
}

async function trainJob(api: KubernetesApi, at: Paths, submission: Submission, options: KubernetesOptions) {
  const { execution } = submission;
  // Trainer refuses a TrainJob whose runtime is not there.
  await api.create(at.runtimes, trainingRuntime(submission, options), AnyObject);
  const made = await api
    .create(at.trainJobs, trainJobManifest(submission, options), TrainJobView)
    .catch(async (error: unknown) => {
      if (error instanceof PortError && REFUSALS.has(error.code)) await takeRuntimeAway(api, at, execution);
      throw error;
    });
  const top = made ?? (await found(api, at.trainJob(execution), submission, TrainJobView));
  if (isOver(top)) return null;
  const ownerReferences = ownedBy({ kind: 'TrainJob', top }, `${TRAINER.group}/${TRAINER.version}`);
  await api.patch(at.runtime(execution), { metadata: { ownerReferences } });
  await api.create(at.networkPolicies, peersPolicy(submission, options.namespace, ownerReferences), AnyObject);
  return ownerReferences;
}

/** What the cluster itself answered: after a lost connection nobody knows whether there is a TrainJob. */
const REFUSALS: ReadonlySet<PortError['code']> = new Set(['malformed', 'forbidden']);

/** Nothing owns the runtime of a TrainJob that was refused. Why it was counts more than whether this works. */
async function takeRuntimeAway(api: KubernetesApi, at: Paths, execution: ExecutionId): Promise<void> {
  try {
    if ((await api.read(at.trainJob(execution), AnyObject)) === null) await api.remove(at.runtime(execution));
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
  }
}

/** Policy names the namespace, and policy is the repository's own: that it may use it, the cluster has to say. */
async function requireAllowed(api: KubernetesApi, namespace: string, repository: RepositoryName): Promise<void> {
  const found = await api.read(`/api/v1/namespaces/${namespace}`, NamespaceView);
  if (found === null)
    throw new PortError(
      'malformed',
      `kubernetes: expected the namespace ${namespace}, found none; create it or mend policy.engine_options.kubernetes.namespace`,
    );
  const allowed = (found.value.metadata.annotations?.[ANNOTATION.repositories] ?? '').split(/[\s,]+/);
  const owner = repository.split('/')[0] ?? '';
  const isAllowed = allowed.some((entry) =>
    [repository, `${owner}/*`].some((name) => name.toLowerCase() === entry.toLowerCase()),
  );
  if (isAllowed) return;
  throw new PortError(
    'malformed',
    `kubernetes: the namespace ${namespace} is not open to ${repository}; whoever keeps the cluster says so with \`kubectl annotate namespace ${namespace} ${ANNOTATION.repositories}='${repository}'\``,
  );
}

/** What is there under the name already. @throws PortError `malformed` where it is something else */
async function found<T extends Pick<JobView, 'metadata'>>(
  api: KubernetesApi,
  path: string,
  submission: Submission,
  schema: Parameters<typeof api.read<T>>[1],
): Promise<T> {
  const there = await api.read(path, schema);
  if (there === null)
    throw new PortError('unavailable', `kubernetes: ${submission.execution} is being taken away; submit it again`);
  const theirs = there.value.metadata.annotations?.[ANNOTATION.submission];
  if (theirs === submissionDigest(submission)) return there.value;
  throw new PortError(
    'malformed',
    `kubernetes: expected ${submission.execution} to be of this very order, found another; delete it if it is nobody's`,
  );
}
