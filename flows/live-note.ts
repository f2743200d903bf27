import { z } from 'zod';
import { Instant, type RunId } from '../core/names.ts';
import { LiveNote } from '../core/training/stall.ts';
import type { Ports } from './ports.ts';

/** Seconds for which what a machine tells of its GPUs holds: it is told about once a minute. */
const FRESH = 300;

const Kept = z.strictObject({ at: Instant, note: LiveNote });
type Kept = z.infer<typeof Kept>;

const key = (run: RunId): string => `live ${run}`;

/** Keeps what the machine of a run told last; display and signs of life alone, since hostile code may tell it, too. */
export async function keepLiveNote(
  { inFlight }: Pick<Ports, 'inFlight'>,
  run: RunId,
  note: LiveNote,
  at: Instant,
): Promise<void> {
  const kept: Kept = { at, note };
  await inFlight.putProgress(key(run), JSON.stringify(kept));
}

export async function liveNote({ inFlight }: Pick<Ports, 'inFlight'>, run: RunId): Promise<LiveNote> {
  return (await keptNote({ inFlight }, run))?.note ?? {};
}

/** Share of 0 to 1 of the busiest GPU, as the machine told of late; null where it did not. */
export async function toldGpuUse(
  { inFlight }: Pick<Ports, 'inFlight'>,
  run: RunId,
  now: Instant,
): Promise<number | null> {
  const kept = await keptNote({ inFlight }, run);
  if (kept === null || Math.abs(Date.parse(now) - Date.parse(kept.at)) > FRESH * 1000) return null;
  return kept.note.gpu_use ?? null;
}

async function keptNote({ inFlight }: Pick<Ports, 'inFlight'>, run: RunId): Promise<Kept | null> {
  const text = await inFlight.progress(key(run));
  if (text === null) return null;
  const parsed = Kept.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}
