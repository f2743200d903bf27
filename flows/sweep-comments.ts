import { parseComment } from '../core/commands/parse.ts';
import { Instant } from '../core/names.ts';
import { beganAt, commentKey, handleComment } from './comment.ts';
import { type Comment, PortError, type Ports } from './ports.ts';

/** The time up to which comments have been looked at, in `InFlight.progress`. */
const SWEPT = 'comments';
/** Milliseconds in which a delivery is on its way. */
const ON_ITS_WAY = 120_000;
/** Milliseconds after which a comment that was begun is not being handled any more by whoever began it. */
const BROKEN_OFF = 3_600_000;
/** Milliseconds: GitHub sends a delivery again for as long, and what is older nobody waits for. */
const REACH = 3 * 86_400_000;

interface Look {
  readonly missed: readonly { readonly id: number; readonly pullRequest: number }[];
  /** Up to where the next look need not look again; null: nothing was looked at. */
  readonly until: Instant | null;
}

/**
 * Finds comments that nobody told of, and handles them as a delivery would have: bound to the head that was sighted
 * before them, and never one that was edited (invariant 2). Looked at is what was written since this memory began: who
 * has lost theirs runs no command of before. One that we have reacted to was read by us before our memory began.
 *
 * @returns what was done, in words
 */
export async function sweepComments(ports: Ports): Promise<readonly string[]> {
  const look = await ports.steps.run('missed comments', () => lookForMissed(ports));
  const done: string[] = [];
  for (const missed of look.missed) done.push(await handleMissed(ports, missed));
  const { until } = look;
  if (until !== null)
    await ports.steps.run('comments swept', async () => {
      await ports.inFlight.putProgress(SWEPT, until);
      return null;
    });
  return done;
}

async function lookForMissed(ports: Ports): Promise<Look> {
  const now = ports.clock.now().getTime();
  const settled = instantOf(now - ON_ITS_WAY);
  const known = Instant.safeParse(await ports.inFlight.progress(SWEPT));
  if (!known.success) return { missed: [], until: instantOf(now) };
  const since = instantOf(Math.max(Date.parse(known.data), now - REACH));
  const { comments, complete } = await ports.sweeps.commentsSince(since);
  const missed: { id: number; pullRequest: number }[] = [];
  let held = settled;
  for (const comment of comments) {
    const { id, pullRequest, createdAt } = comment;
    if (pullRequest === null || !isOfThisLook(ports, comment, since, settled)) continue;
    const found = await placeOf(ports, id);
    if (found === 'missed') missed.push({ id, pullRequest });
    // Whoever has begun it may break off: the next look must see it, too.
    if (found === 'begun') held = earlier(held, createdAt);
  }
  const last = comments.at(-1)?.updatedAt ?? since;
  const until = earlier(held, complete ? settled : last);
  return { missed, until: later(known.data, until) };
}

function isOfThisLook(
  { self }: Pick<Ports, 'self'>,
  { author, body, createdAt, updatedAt }: Comment,
  since: Instant,
  settled: Instant,
): boolean {
  if (author === self || updatedAt !== createdAt) return false;
  if (Date.parse(createdAt) < Date.parse(since) || Date.parse(createdAt) > Date.parse(settled)) return false;
  return parseComment(body).length > 0;
}

async function placeOf(ports: Ports, id: number): Promise<'missed' | 'begun' | 'handled'> {
  const known = await ports.inFlight.progress(commentKey(id));
  if (known === null) return (await ports.sweeps.hasReacted(id)) ? 'handled' : 'missed';
  const began = beganAt(known);
  if (began === null) return 'handled';
  return ports.clock.now().getTime() - began > BROKEN_OFF ? 'missed' : 'begun';
}

async function handleMissed(ports: Ports, missed: Look['missed'][number]): Promise<string> {
  const { id, pullRequest } = missed;
  try {
    const { code, message } = await handleComment(ports, missed);
    return `#${pullRequest}: nobody had told of comment ${id}; ${code.replaceAll('_', ' ')}: ${message}`;
  } catch (error) {
    if (error instanceof PortError && (error.code === 'unavailable' || error.code === 'rate_limited')) throw error;
    // Tried for ever, one comment would keep all the others from being found.
    await ports.steps.run(`given up ${id}`, async () => {
      await ports.inFlight.putProgress(commentKey(id), 'given up');
      return null;
    });
    return `#${pullRequest}: comment ${id}, of which nobody had told, could not be handled: ${String(error).slice(0, 500)}`;
  }
}

function instantOf(milliseconds: number): Instant {
  return Instant.parse(`${new Date(milliseconds).toISOString().slice(0, 19)}Z`);
}

function earlier(a: Instant, b: Instant): Instant {
  return Date.parse(a) < Date.parse(b) ? a : b;
}

function later(a: Instant, b: Instant): Instant {
  return Date.parse(a) < Date.parse(b) ? b : a;
}
