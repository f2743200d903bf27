import { z } from 'zod';
import { Sha256 } from '../names.ts';

const Word = z.string().max(200);

/**
 * The machine and the packages that trained, as that machine says. Code from a pull request had it, so a record that holds
 * this has signed that it was said, not that it is so.
 */
export const TrainEnvironment = z.strictObject({
  /** The tool whose lock was installed. */
  lock: z.enum(['pip', 'uv', 'poetry', 'conda']).nullable(),
  python: Word.nullable(),
  /** SHA-256 over the sorted lines `name==version` of what was installed, and how many they are. */
  packages: z.strictObject({ digest: Sha256, count: z.int().min(0) }).nullable(),
  image: Word.nullable(),
  system: Word,
  cpu: z.strictObject({ model: Word, count: z.int().min(0) }),
  /** Bytes. */
  memory: z.int().min(0),
  gpus: z.array(z.strictObject({ name: Word, memory: z.int().min(0).nullable(), driver: Word })).max(64),
});
export type TrainEnvironment = z.infer<typeof TrainEnvironment>;

/** What it was, in parts for a line; unescaped. */
export function environmentWords({ lock, python, packages, image, cpu, memory, gpus }: TrainEnvironment): string[] {
  const [gpu] = gpus;
  return [
    ...(python === null ? [] : [`Python ${python}`]),
    ...(packages === null
      ? []
      : [`${packages.count} packages${lock === null ? '' : ` from ${lock}`} (${packages.digest.slice(0, 12)})`]),
    ...(image === null ? [] : [`image ${image}`]),
    `${cpu.count} × ${cpu.model}`,
    `${Math.round(memory / 2 ** 30)} GiB`,
    gpu === undefined ? 'no GPU that nvidia-smi knows' : `${gpus.length} × ${gpu.name}, driver ${gpu.driver}`,
  ];
}

/** Where two trainings of one request had something else around them: often why their bytes differ. */
export function environmentDifferences(before: TrainEnvironment, after: TrainEnvironment): string[] {
  const gpusOf = ({ gpus }: TrainEnvironment): string => gpus.map(({ name }) => name).join(', ') || 'none';
  const driversOf = ({ gpus }: TrainEnvironment): string => [...new Set(gpus.map(({ driver }) => driver))].join(', ');
  const compared: readonly (readonly [string, (of: TrainEnvironment) => string | null])[] = [
    ['the version of Python', ({ python }) => python],
    ['the digest of the installed packages', ({ packages }) => packages?.digest ?? null],
    ['the image', ({ image }) => image],
    ['the system', ({ system }) => system],
    ['the processor', ({ cpu }) => cpu.model],
    ['the number of processors', ({ cpu }) => String(cpu.count)],
    ['the GPUs', gpusOf],
    ['the GPU driver', driversOf],
  ];
  return compared.flatMap(([what, of]) => {
    const [was, is] = [of(before), of(after)];
    return was === is ? [] : [`${what} was ${was ?? 'unknown'} and is ${is ?? 'unknown'}`];
  });
}
