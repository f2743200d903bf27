import { z } from 'zod';

/** What this server and the stand-in for a runner say to each other: one JSON text a line. GitHub's own protocol is private. */
export const ToRunner = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('run'),
    id: z.number(),
    command: z.string(),
    args: z.array(z.string()),
    cwd: z.string(),
    env: z.record(z.string(), z.string()),
    grace: z.strictObject({ interrupt: z.number(), terminate: z.number() }),
  }),
  z.strictObject({ type: z.literal('stop'), id: z.number(), force: z.boolean() }),
  /** The job has ended, and the runner with it. */
  z.strictObject({ type: z.literal('end') }),
]);
export type ToRunner = z.infer<typeof ToRunner>;

export const FromRunner = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('line'), id: z.number(), line: z.string() }),
  z.strictObject({ type: z.literal('exit'), id: z.number(), code: z.number() }),
  z.strictObject({ type: z.literal('failed'), id: z.number(), message: z.string() }),
]);
export type FromRunner = z.infer<typeof FromRunner>;

/** What a just-in-time config of this server holds, in base64 of JSON; GitHub's is opaque, too. */
export const JitConfig = z.strictObject({ url: z.url(), name: z.string(), secret: z.string() });
export type JitConfig = z.infer<typeof JitConfig>;

/** The path at which a runner connects, and the protocol that the connection is upgraded to. */
export const RUNNER_PATH = '/_runners';
export const RUNNER_PROTOCOL = 'local-runner';
