import { readFile, writeFile } from 'node:fs/promises';
import type { z } from 'zod';
import type { Places } from '../pod.ts';
import type { ContainerReport } from '../report.ts';

/** Where a container of ours finds what it works on; from its environment, in main.ts. */
export interface ContainerPlace {
  readonly places: Places;
  /** A directory of its own. */
  readonly scratch: string;
  /** The file of the Secret that is mounted for it. */
  readonly addresses: string;
  /** Where Kubernetes takes a container's last words from. */
  readonly lastWords: string;
  /** The only machine, or the first of several: it alone hands over output, checkpoints and metrics. */
  readonly isFirst: boolean;
  /** Takes a note for whoever reads the container's log. */
  readonly note: (text: string) => void;
}

/** Read at each use: the kubelet puts fresh addresses into the same file. */
export async function readPlan<T>({ addresses }: ContainerPlace, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(JSON.parse(await readFile(addresses, 'utf8')));
}

/** Kubernetes keeps 4,096 bytes. */
export async function say({ lastWords }: ContainerPlace, report: ContainerReport): Promise<void> {
  await writeFile(lastWords, JSON.stringify({ ...report, message: report.message.slice(0, 900) }));
}
