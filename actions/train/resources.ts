import type { TrainEnvironment } from '../../core/training/environment.ts';

export interface WantedResources {
  readonly gpus: number;
  readonly cpus?: number | undefined;
  /** Bytes. */
  readonly memory?: number | undefined;
}

/** Of a machine sold with 64 GiB the system and the hypervisor keep some. */
const MEMORY_SHARE = 0.85;

/** What the machine lacks, in words; null where it has what is asked for. Found before anything is installed. */
export function lacking(
  wanted: WantedResources,
  machine: Pick<TrainEnvironment, 'cpu' | 'memory' | 'gpus'>,
): string | null {
  const { gpus, cpus = 0, memory = 0 } = wanted;
  const missing = [
    machine.gpus.length < gpus ? `${gpus} GPUs, found ${machine.gpus.length} (nvidia-smi)` : '',
    machine.cpu.count < cpus ? `${cpus} processors, found ${machine.cpu.count}` : '',
    machine.memory < memory * MEMORY_SHARE ? `${gibibytes(memory)} of memory, found ${gibibytes(machine.memory)}` : '',
  ].filter((one) => one !== '');
  if (missing.length === 0) return null;
  return `This machine does not have what training asks for: expected ${missing.join('; expected ')}. Ask for less, or name a runner that has it.`;
}

function gibibytes(bytes: number): string {
  return `${Math.round((bytes / 2 ** 30) * 10) / 10} GiB`;
}
