import { constants, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Places } from '../pod.ts';

/** What became of the checkpoint that an attempt was given: its bytes, or why it was not restored. */
const Restored = z.union([z.strictObject({ bytes: z.int().min(0) }), z.strictObject({ problem: z.string().max(500) })]);
export type Restored = z.infer<typeof Restored>;

const NAME = 'restored';
const MAX_BYTES = 4096;

/** For the container beside the command, which hands over what is known of the attempt. */
export async function tellRestored({ state }: Pick<Places, 'state'>, restored: Restored): Promise<void> {
  await writeFile(join(state, NAME), JSON.stringify(restored));
}

/** The command may have written over it, and deceives its own status alone. @returns null where nothing was given */
export async function readRestored({ state }: Pick<Places, 'state'>): Promise<Restored | null> {
  // A pipe would keep whoever opens it waiting.
  const file = await open(join(state, NAME), constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (file === null) return null;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    const parsed = Restored.safeParse(JSON.parse(buffer.subarray(0, bytesRead).toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}
