import { z } from 'zod';
import { ValidationResult } from '../core/data/result.ts';
import type { GitId } from '../core/names.ts';
import type { Ports } from './ports.ts';

/** Where the check of one dataset at one commit stands. Kept as JSON text in flight; GitHub's check shows the same. */
export const ValidationState = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('running'),
    workflowRun: z.int(),
    url: z.string(),
    pullRequest: z.int(),
    path: z.string(),
  }),
  z.strictObject({ status: z.literal('done'), url: z.string(), path: z.string(), result: ValidationResult }),
]);
export type ValidationState = z.infer<typeof ValidationState>;

export async function loadValidations(
  ports: Pick<Ports, 'inFlight'>,
  commit: GitId,
): Promise<Record<string, ValidationState>> {
  const stored = await ports.inFlight.validations(commit);
  const entries = Object.entries(stored).flatMap(([name, text]) => {
    const state = readState(text);
    return state === null ? [] : [[name, state] as const];
  });
  return Object.fromEntries(entries);
}

/** Null for what is no state of ours, which people can write where there is no App: then nothing is known of the data. */
function readState(text: string): ValidationState | null {
  try {
    return ValidationState.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
