import type { EntryDraft } from '../core/ledger/append.ts';
import { activeHold, activeLocks } from '../core/ledger/controls.ts';
import type { LedgerState } from '../core/ledger/fold.ts';
import { GitId, type Instant } from '../core/names.ts';
import { FlowError } from './error.ts';
import { appendEntry, instant, loadLedger } from './ledger.ts';
import { PortError, type Ports, type PullRequest } from './ports.ts';
import { type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';

/** The head of the default branch up to which pushes have been handled, in `InFlight.progress`. */
export const HANDLED = 'default branch';
/** Milliseconds in which a merge is handled, where nobody remembers which ones were. */
const HANDLED_WITHIN = 3_600_000;

type Release = { readonly kind: 'unhold' } | Pick<Extract<EntryDraft, { kind: 'unlock' }>, 'kind' | 'target'>;

/**
 * Releases what ends with a pull request: its hold, and the locks set from it that were not to be kept. Expired ones
 * need no entry.
 *
 * @returns how many were released
 */
export async function releaseOf(ports: Ports, policy: PolicySnapshot, pullRequest: number): Promise<number> {
  const repository = (await ports.source.repository()).name;
  let released = 0;
  for (let more = true; more; ) {
    more = false;
    await appendEntry(ports, policy, ({ state }) => {
      const at = instant(ports);
      const next = nextRelease(state, pullRequest, at);
      more = next !== null;
      if (next === null) return null;
      const operation = `closed ${pullRequest} ${next.of}`;
      const common = {
        repository,
        at,
        by: ports.self,
        policyCommit: policy.commit,
        cause: 'closed',
        operation,
      } as const;
      return next.release.kind === 'unhold'
        ? { ...common, kind: 'unhold', pullRequest }
        : { ...common, kind: 'unlock', target: next.release.target };
    });
    if (more) released += 1;
  }
  return released;
}

/** @returns with `of`, the number of the entry that is taken back: no two releases are one operation */
function nextRelease(state: LedgerState, pullRequest: number, now: Instant): { release: Release; of: number } | null {
  const hold = activeHold(state, pullRequest, now);
  if (hold !== null) return { release: { kind: 'unhold' }, of: hold.sequence };
  const lock = activeLocks(state, now).find((one) => one.pullRequest === pullRequest && !one.keep);
  return lock === undefined ? null : { release: { kind: 'unlock', target: lock.target }, of: lock.sequence };
}

/**
 * Releases what ended with a pull request that is closed; nothing while it is open, or while the push of its merge has
 * not been handled: what was on hold when it was merged must be found on hold then.
 *
 * @param handled its merge has been handled just now
 */
export async function releaseWhenClosed(ports: Ports, number: number, handled = false): Promise<number> {
  const policy = await takePolicySnapshot(ports);
  if (policy.keys.length === 0) return 0;
  try {
    if (!hasControls((await loadLedger(ports, policy)).state, number, instant(ports))) return 0;
    const pull = await find(ports, number);
    if (pull !== null && (pull.state === 'open' || !(handled || (await isHandled(ports, policy, pull))))) return 0;
    return await releaseOf(ports, policy, number);
  } catch (error) {
    // A ledger that can't be trusted is reported elsewhere, and nothing is added to it.
    if (error instanceof FlowError && error.code === 'ledger_invalid') return 0;
    throw error;
  }
}

/** Pull requests whose hold or locks end when they are closed: those that a sweep has to look at. */
export function pullsWithControls(state: LedgerState, now: Instant): readonly number[] {
  const held = [...state.holds.keys()].filter((number) => activeHold(state, number, now) !== null);
  const locked = activeLocks(state, now).flatMap(({ keep, pullRequest }) => (keep ? [] : [pullRequest]));
  return [...new Set([...held, ...locked])];
}

function hasControls(state: LedgerState, number: number, now: Instant): boolean {
  return nextRelease(state, number, now) !== null;
}

/** Null where GitHub has it no more: its author's account may have been deleted as a spammer's. */
async function find(ports: Pick<Ports, 'pulls'>, number: number): Promise<PullRequest | null> {
  try {
    return await ports.pulls.get(number);
  } catch (error) {
    if (error instanceof PortError && error.code === 'not_found') return null;
    throw error;
  }
}

async function isHandled(ports: Ports, policy: PolicySnapshot, pull: PullRequest): Promise<boolean> {
  const { merged, mergeCommit, base } = pull;
  if (!merged || mergeCommit === null || base.ref !== policy.branch) return true;
  const handled = await ports.inFlight.progress(HANDLED);
  if (handled === null) return ports.clock.now().getTime() - Date.parse(pull.updatedAt) > HANDLED_WITHIN;
  return (await ports.source.mergeBase(mergeCommit, GitId.parse(handled))) === mergeCommit;
}
