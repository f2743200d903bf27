import * as core from '@actions/core';
import type { z } from 'zod';
import { type Interface, readInputs, writeOutputs } from './inputs.ts';
import { type Job, openJob } from './job.ts';

/**
 * The whole of every main.ts: inputs into one typed object, `run`, outputs. An action that throws fails its job with
 * one clear message and sets no output.
 */
export function startAction<I extends Interface, O extends Interface>(
  inputs: I,
  outputs: O,
  run: (inputs: z.infer<I>, job: Job) => Promise<z.infer<O>>,
): void {
  // What is unpacked has to be readable by the other user that the sandbox runs the model's process as.
  process.umask(0o022);
  const job = openJob(process.env);
  job
    .work(async () => {
      const result = await run(readInputs(inputs, core.getInput), job);
      for (const [name, text] of writeOutputs(outputs, result)) core.setOutput(name, text);
    })
    .catch((error: unknown) => {
      job.fail(error instanceof Error ? error.message : String(error));
      if (error instanceof Error && error.cause !== undefined) job.log.info(`caused by: ${String(error.cause)}`);
    });
}
