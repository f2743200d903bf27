import type { ProviderName } from './names.ts';
import type { JobSeen, Lost, RunnerMemory } from './situation.ts';

const LOST: Readonly<Record<Lost, string>> = {
  never_came: 'did not come up in time',
  not_taken: 'came up, but GitHub did not give it the job',
  machine_ended: 'lost its machine',
  lost_job: 'is gone from GitHub without having run the job',
  half_made: 'was half made when its making broke off',
  taken: 'was taken by another job that asks for its label',
  refused: 'could not be made',
};

/**
 * What the run's check says of its runner; null where there is nothing worth a line. The first line is ours; the second,
 * if any, is the provider's own text.
 */
export function runnerWords(provider: ProviderName, job: JobSeen | null, memory: RunnerMemory): string | null {
  if (job === null || (memory.tries === 0 && memory.lost === null)) return null;
  const { tries, lost } = memory;
  const detail = lost?.detail == null ? '' : `\n${lost.detail}`;
  const earlier = lost === null ? '' : ` The one before ${LOST[lost.why]}.`;
  switch (job.status) {
    case 'queued':
      if (lost?.why === 'refused')
        return `Its runner could not be made by ${provider}, tried ${times(tries)}; it is tried again. If this lasts, look at the provider (docs/runners.md), or /cancel.${detail}`;
      return tries <= 1 && lost === null
        ? `A runner is being made for it by ${provider}.`
        : `Runner ${Math.max(tries, 1)} is being made for it by ${provider}.${earlier}${detail}`;
    case 'in_progress':
      if (lost?.why === 'machine_ended') return `The machine of its runner is gone; GitHub will end the job.${detail}`;
      return lost === null ? null : `It runs on runner ${tries}.${earlier}${detail}`;
    case 'completed':
      return null;
  }
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
