import type { FreezeWindow } from '../config/policy.ts';
import { activeLock, type ControlState, type Hold, type Lock } from '../ledger/controls.ts';
import type { Instant, StageName, Version } from '../names.ts';
import { activeFreeze } from '../policy/freeze-window.ts';
import { sameLogin } from '../policy/identity.ts';

/** Why a stage does not move now, for any model. */
export type StageBlock =
  | { readonly kind: 'locked'; readonly stage: StageName; readonly lock: Lock }
  | {
      readonly kind: 'freeze_window';
      readonly stage: StageName;
      readonly reason: string;
      /** Null where one window follows the other. */
      readonly endsAt: string | null;
    };

/** A move that a person asks for by a command. */
export interface AskedMove {
  readonly by: string;
  /** To a version that the stage has held: the way out of an incident, which no freeze window closes. */
  readonly back: boolean;
}

/**
 * @param windows `policy.freeze`; a lock is named before a window, since a person set it
 * @param asked null for a merge, whose effects nobody's own lock lets through
 */
export function stageBlock(
  ledger: Pick<ControlState, 'locks'>,
  windows: readonly FreezeWindow[],
  stage: StageName,
  now: Instant,
  asked: AskedMove | null = null,
): StageBlock | null {
  const lock = activeLock(ledger, { kind: 'stage', name: stage }, now);
  if (lock !== null && !(asked !== null && sameLogin(lock.by, asked.by))) return { kind: 'locked', stage, lock };
  if (asked?.back === true) return null;
  const freeze = activeFreeze(windows, stage, new Date(now));
  if (freeze === null) return null;
  const endsAt = freeze.endsAt === null ? null : `${freeze.endsAt.toISOString().slice(0, 19)}Z`;
  return { kind: 'freeze_window', stage, reason: freeze.window.reason, endsAt };
}

/** "staging is locked by ada until 2026-11-02T10:00:00Z: load test". Unescaped, as all that people typed. */
export function describeBlock(block: StageBlock): string {
  if (block.kind === 'locked') return `${block.stage} is ${describeLock(block.lock)}`;
  const end = block.endsAt === null ? '' : ` until ${block.endsAt}`;
  return `${block.stage} is in a freeze window of policy${end}${because(block.reason)}`;
}

/** "locked by ada until 2026-11-02T10:00:00Z: load test". */
export function describeLock({ by, expiresAt, reason }: Pick<Lock, 'by' | 'expiresAt' | 'reason'>): string {
  return `locked by ${by}${expiresAt === null ? '' : ` until ${expiresAt}`}${because(reason)}`;
}

/** "on hold by ada until 2026-11-02T10:00:00Z: wait for legal". */
export function describeHold({ by, expiresAt, reason }: Pick<Hold, 'by' | 'expiresAt' | 'reason'>): string {
  return `on hold by ${by}${expiresAt === null ? '' : ` until ${expiresAt}`}${because(reason)}`;
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}

/** What to type once the stage moves again: the version was made, and nobody has to merge anything for it. */
export function promoteLater(model: string, version: Version | null, stage: StageName): string {
  const what = version === null ? model : `${model}@v${version}`;
  return `then comment \`/promote ${what} to ${stage}\` on an open pull request, or type \`trainyard promote ${model}@v${version ?? 'X.Y.Z'} ${stage}\``;
}
