import type { ExecutionEnd, ExecutionFailure } from '../../../core/training/execution.ts';
import { CONTAINER, SHARED, TRAINING } from './names.ts';
import { type ContainerStatus, conditionOf, type PodView } from './objects.ts';
import { type ContainerReport, parseReport } from './report.ts';

export function succeeded(): ExecutionEnd {
  return { how: 'succeeded' };
}

export function failure(reason: ExecutionFailure, message: string, exitCode: number | null = null): ExecutionEnd {
  const code = exitCode !== null && exitCode >= 0 && exitCode <= 255 ? exitCode : null;
  return { how: 'failed', reason, message: (message === '' ? reason : message).slice(0, 2000), exitCode: code };
}

/**
 * How a pod ended, or null while it has not: what befell its machine first, then what became of the inputs, the command
 * and the output, each as the one says who saw it.
 */
export function podEnd(pod: PodView): ExecutionEnd | null {
  const taken = machineEnd(pod);
  if (taken !== null) return taken;
  const { phase, reason, message = '' } = pod.status;
  if (phase !== 'Failed' && phase !== 'Succeeded') return null;
  const inputs = stateOf(pod.status.initContainerStatuses, CONTAINER.inputs)?.terminated;
  if (inputs !== undefined && inputs.exitCode !== 0) return inputsEnd(inputs);
  const train = trainingState(pod)?.terminated;
  const report = parseReport(stateOf(pod.status.initContainerStatuses, CONTAINER.collector)?.terminated?.message);
  if (train === undefined)
    return failure('engine_failed', `The pod ended and its command did not: ${reason ?? ''} ${message}`);
  return commandEnd(train, report);
}

/** Whether its command ended because the pod was stopped, and not by itself. */
export function wasStopped(pod: PodView): boolean {
  const train = trainingState(pod)?.terminated;
  const report = parseReport(stateOf(pod.status.initContainerStatuses, CONTAINER.collector)?.terminated?.message);
  if (report !== null) return report.reason === 'stopped';
  // 128 + SIGKILL or SIGTERM, with which a pod is taken away.
  return train === undefined || (train.reason !== 'OOMKilled' && (train.exitCode === 137 || train.exitCode === 143));
}

/** Of the container that the command runs in. */
export function trainingState(pod: PodView): ContainerStatus['state'] | undefined {
  return trainingStatus(pod)?.state;
}

/** The image of the command's container, by its digest; null while it was not pulled, or where it has no digest. */
export function trainingImage(pod: PodView): string | null {
  const image = trainingStatus(pod)?.imageID ?? '';
  const [digest = null] = /sha256:[0-9a-f]{64}$/.exec(image) ?? [];
  return image.length > 200 ? digest : digest && image.replace(/^[a-z-]+:\/\//, '');
}

function trainingStatus(pod: PodView): ContainerStatus | undefined {
  return pod.status.containerStatuses?.find(({ name }) => TRAINING.includes(name));
}

/** How a machine, or its keeper, ended a pod. Null where it did not. */
export function machineEnd(pod: PodView): ExecutionEnd | null {
  const disruption = conditionOf(pod, 'DisruptionTarget');
  if (disruption !== null) {
    const told = `${disruption.reason ?? 'DisruptionTarget'}: ${disruption.message ?? ''}`;
    return failure(/DeletionByTaintManager|DeletionByPodGC/.test(told) ? 'machine_lost' : 'preempted', told);
  }
  const { phase, reason = '', message = '' } = pod.status;
  if (phase !== 'Failed') return null;
  const told = `${reason}: ${message}`;
  if (reason === 'DeadlineExceeded')
    return failure('timed_out', 'The pod ran longer than the model’s timeout and what setup and output may take.');
  if (reason === 'NodeLost') return failure('machine_lost', told);
  if (/^(Shutdown|Terminated|NodeShutdown|Preempting)$/.test(reason)) return failure('preempted', told);
  // Its own disk use: the machine's pressure would have been a disruption.
  if (reason === 'Evicted') return failure('command_failed', `${told} (policy.engine_options.kubernetes.disk)`);
  // The machine refused what the scheduler had given it.
  if (/^(OutOf|UnexpectedAdmissionError|NodeAffinity|NodePorts|TopologyAffinityError)/.test(reason))
    return failure('engine_failed', told);
  return null;
}

type Terminated = NonNullable<ContainerStatus['state']['terminated']>;

function inputsEnd(terminated: Terminated): ExecutionEnd {
  const report = parseReport(terminated.message);
  if (report?.reason === 'setup_failed') return failure('setup_failed', report.message);
  return failure('inputs_unavailable', report?.message ?? `The inputs' container exited with ${terminated.exitCode}.`);
}

function commandEnd({ exitCode, reason = '', message = '' }: Terminated, report: ContainerReport | null): ExecutionEnd {
  if (reason === 'OOMKilled')
    return failure('out_of_memory', 'The command took more memory than resources.memory allows.', exitCode);
  if (/^(StartError|ContainerCannotRun)$/.test(reason))
    return failure('command_not_found', `The image has no /bin/sh to run the command with: ${message}`);
  switch (report?.reason) {
    case 'succeeded':
      // Only what Kubernetes itself saw end well did: reports lie where the command can write.
      return exitCode === 0 ? succeeded() : failure('command_failed', `The command exited with ${exitCode}.`, exitCode);
    case 'setup_failed':
    case 'timed_out':
    case 'no_output':
    case 'output_invalid':
    case 'output_too_large':
    case 'engine_failed':
    case 'inputs_unavailable':
      return failure(report.reason, report.message, report.exitCode);
    case 'stopped':
      return failure('machine_lost', `The pod was stopped from outside: ${report.message}`, report.exitCode);
    case 'command_failed':
    case 'command_not_found':
    case undefined:
      break;
  }
  if (exitCode === 126 || exitCode === 127) {
    return failure(
      'command_not_found',
      report?.message ?? `The shell exited with ${exitCode}: no such program, or it may not be run.`,
      exitCode,
    );
  }
  if (exitCode !== 0)
    return failure('command_failed', report?.message ?? `The command exited with ${exitCode}.`, exitCode);
  return failure(
    'engine_failed',
    `The command exited with 0, and what it left below ${SHARED}/output was not handed over.`,
    0,
  );
}

function stateOf(statuses: readonly ContainerStatus[] | undefined, name: string): ContainerStatus['state'] | undefined {
  return statuses?.find((status) => status.name === name)?.state;
}
