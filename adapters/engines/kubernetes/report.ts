import { z } from 'zod';

/** What a container of ours says at its end, in the message that Kubernetes keeps of it (4,096 bytes at most). */
export const ContainerReport = z.strictObject({
  reason: z.enum([
    'succeeded',
    'command_failed',
    'command_not_found',
    'timed_out',
    'stopped',
    'setup_failed',
    'no_output',
    'output_invalid',
    'output_too_large',
    'inputs_unavailable',
    'engine_failed',
  ]),
  message: z.string().max(1000),
  /** Of the command; null where it did not run. */
  exitCode: z.int().min(0).max(255).nullable(),
});
export type ContainerReport = z.infer<typeof ContainerReport>;

export function parseReport(text: string | undefined): ContainerReport | null {
  try {
    return ContainerReport.safeParse(JSON.parse(text ?? '')).data ?? null;
  } catch {
    return null;
  }
}
