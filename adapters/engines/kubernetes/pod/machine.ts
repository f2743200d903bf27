import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { TrainEnvironment } from '../../../../core/training/environment.ts';

/** Bytes that are read of what the launcher says; thousands of packages take less. */
const MAX_SAID = 2 ** 20;
const Count = z.coerce.number().int().min(0);

/**
 * What the launcher said of its container (`LAUNCHER`): a line for each thing, of which an image may know only some. The
 * command may have written over it, and deceives the record of its own run alone.
 *
 * @returns null where nothing was said, or nothing that can be read
 */
export async function describeMachine(path: string): Promise<TrainEnvironment | null> {
  const said = await firstBytes(path).catch(() => null);
  return said === null ? null : parseMachine(said);
}

export function parseMachine(said: string): TrainEnvironment | null {
  const lines = said.split('\n').map((line) => /^([a-z]+) (.*)$/.exec(line.trim()) ?? []);
  const all = (key: string): string[] => lines.flatMap(([, name, value]) => (name === key && value ? [value] : []));
  const first = (key: string): string | null => all(key)[0]?.trim().slice(0, 200) ?? null;
  const packages = [...new Set(all('package').map((name) => name.toLowerCase().replaceAll('_', '-')))].sort();
  const digest = createHash('sha256').update(packages.join('\n')).digest('hex');
  const parsed = TrainEnvironment.safeParse({
    lock: first('lock'),
    python: first('python'),
    packages: first('python') === null ? null : { digest, count: packages.length },
    image: null,
    system: first('system')?.toLowerCase() ?? 'unknown',
    cpu: { model: first('cpu') ?? 'unknown', count: Count.catch(0).parse(first('cpus')) },
    memory: Count.catch(0).parse(first('memory')) * 1024,
    gpus: all('gpu').slice(0, 64).flatMap(gpuOf),
  });
  return parsed.success && lines.some(([, name]) => name === 'system') ? parsed.data : null;
}

/** `NVIDIA A100-SXM4-80GB, 81920, 550.54.15`; memory is in MiB there. */
function gpuOf(line: string): TrainEnvironment['gpus'] {
  const parts = line.split(',').map((part) => part.trim().slice(0, 200));
  const [name = '', memory = '', driver = ''] = parts;
  if (parts.length !== 3) return [];
  return [{ name, memory: /^\d{1,9}$/.test(memory) ? Number(memory) * 2 ** 20 : null, driver }];
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_SAID), 0, MAX_SAID, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}
