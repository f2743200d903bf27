import { z } from 'zod';
import { runInGroup } from '../sandbox/process-group.ts';

/** A Python that is not itself a virtual environment. */
export const Interpreter = z.object({
  executable: z.string().min(1),
  /** Where its standard library lives: a sandbox has to mount it. */
  prefix: z.string().min(1),
  version: z.tuple([z.int(), z.int(), z.int()]),
});
export type Interpreter = z.infer<typeof Interpreter>;

const ASK = `import json, sys
print(json.dumps({"executable": getattr(sys, "_base_executable", sys.executable), "prefix": sys.base_prefix, "version": list(sys.version_info[:3])}))`;

/**
 * The Python on the PATH (`python3`, else `python`), seen through shims and environments; null when there is none, or none
 * that has answered when `cancel` is aborted.
 */
export async function findPython(
  environment: Readonly<Record<string, string>>,
  cancel?: AbortSignal,
): Promise<Interpreter | null> {
  for (const name of ['python3', 'python']) {
    const out: Buffer[] = [];
    const outcome = await runInGroup([name, '-I', '-c', ASK], {
      cwd: '/',
      environment,
      timeoutSeconds: 30,
      ...(cancel === undefined ? {} : { cancel, cancelGraceSeconds: 0.2 }),
      onStdout: (chunk) => out.push(chunk),
    });
    if (outcome.exitCode !== 0) continue;
    try {
      const found = Interpreter.parse(JSON.parse(Buffer.concat(out).toString('utf8')));
      if (found.version[0] === 3) return found;
    } catch {
      // Something else named python is on the PATH: try the next name.
    }
  }
  return null;
}
