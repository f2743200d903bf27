import type { EngineName } from '../config/training.ts';

/** Engines that train one run on several machines at once (`resources.nodes`). */
const ON_SEVERAL: readonly EngineName[] = ['ray', 'kubernetes'];

/** How many machines resources ask for. */
export function machinesOf({ nodes = 1 }: { readonly nodes?: number | undefined }): number {
  return nodes;
}

/** Why an engine can't have as many machines as are asked for; null where it can. */
export function machinesProblem(engine: EngineName, resources: { readonly nodes?: number | undefined }): string | null {
  const machines = machinesOf(resources);
  if (machines === 1 || ON_SEVERAL.includes(engine)) return null;
  return `expected one machine on the engine ${engine}, found resources.nodes: ${machines}; ${ON_SEVERAL.join(' and ')} train on several`;
}
