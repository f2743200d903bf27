import type { ExecutionId } from '../../../core/training/execution.ts';
import { TRAINER } from './train-job.ts';

export type Paths = ReturnType<typeof pathsIn>;

/** Where the objects of a namespace are. */
export function pathsIn(namespace: string) {
  const core = `/api/v1/namespaces/${namespace}`;
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const trainer = `/apis/${TRAINER.group}/${TRAINER.version}/namespaces/${namespace}`;
  return {
    namespace: core,
    jobs,
    job: (name: ExecutionId | string) => `${jobs}/${name}`,
    trainJobs: `${trainer}/trainjobs`,
    trainJob: (execution: ExecutionId) => `${trainer}/trainjobs/${execution}`,
    runtimes: `${trainer}/trainingruntimes`,
    runtime: (execution: ExecutionId) => `${trainer}/trainingruntimes/${execution}`,
    pods: `${core}/pods`,
    log: (pod: string) => `${core}/pods/${pod}/log`,
    secrets: `${core}/secrets`,
    events: `${core}/events`,
    networkPolicies: `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
  };
}
