import { z } from 'zod';
import type { CommentView } from '../core/reports/view.ts';
import type { Ports } from './ports.ts';

/** Raised when the shape of the view changes: what an older App has stored is not read then. */
const VIEW_VERSION = 2;
const viewKey = (number: number): string => `view ${number}`;
const StoredView = z.object({
  version: z.literal(VIEW_VERSION),
  // Written by ourselves under this version, into our own database, from a value of this type.
  view: z.custom<CommentView>((view) => typeof view === 'object' && view !== null),
});

export async function keepView(ports: Pick<Ports, 'inFlight'>, number: number, view: CommentView): Promise<void> {
  await ports.inFlight.putProgress(viewKey(number), JSON.stringify({ version: VIEW_VERSION, view }));
}

/** What the comment of a pull request was last made of; null where that is not known. */
export async function lastView(ports: Pick<Ports, 'inFlight'>, number: number): Promise<CommentView | null> {
  const stored = await ports.inFlight.progress(viewKey(number));
  const parsed = StoredView.safeParse(stored === null ? null : JSON.parse(stored));
  return parsed.success ? parsed.data.view : null;
}
