import { appendTo, type EntryDraft } from '../../../core/ledger/append.ts';
import type { LedgerEntry } from '../../../core/ledger/entry.ts';
import { type VerifiedEntry, verifyLedger } from '../../../core/ledger/envelope.ts';
import { entryStatement } from '../../../core/ledger/statement.ts';
import { MetricName, StageName, Version } from '../../../core/names.ts';
import { COMMIT, MODEL, NOW, REPOSITORY, runId, sha256, signStatement, type TestKey } from '../samples.ts';

type Of<K extends LedgerEntry['kind']> = Extract<EntryDraft, { kind: K }>;

const common = { repository: REPOSITORY, at: NOW, by: 'ada', policyCommit: COMMIT, model: MODEL };

/** Drafts of entries, numbered where several are wanted. */
export function ranEntry(run = 1, changes: Partial<Of<'run'>> = {}): Of<'run'> {
  return {
    kind: 'run',
    ...common,
    run: runId(run),
    record: sha256(`record ${run}`),
    outcome: 'candidate',
    fingerprint: { source: sha256('source'), request: sha256('request') },
    policyDigest: sha256('policy'),
    trust: 'member',
    policyChange: false,
    package: sha256(`package ${run}`),
    ...changes,
  };
}

export function versionEntry(version: string, run = 1, changes: Partial<Of<'version'>> = {}): Of<'version'> {
  const made = { package: sha256(`package ${run}`), commit: COMMIT };
  return { kind: 'version', ...common, version: Version.parse(version), run: runId(run), ...made, ...changes };
}

export function stageEntry(
  stage: string,
  version: string,
  counter: number,
  changes: Partial<Of<'stage'>> = {},
): Of<'stage'> {
  return {
    kind: 'stage',
    ...common,
    stage: StageName.parse(stage),
    version: Version.parse(version),
    counter,
    commit: COMMIT,
    reason: 'merge',
    operation: `merge ${counter}`,
    ...changes,
  };
}

export function freezeEntry(changes: Partial<Of<'freeze'>> = {}): Of<'freeze'> {
  return { kind: 'freeze', ...common, reason: 'tag_unsigned', found: 'a tag', ...changes };
}

export function liftEntry(): Of<'lift'> {
  return { kind: 'lift', ...common, word: 'looked at it' };
}

const plain = { repository: REPOSITORY, at: NOW, by: 'ada', policyCommit: COMMIT };
let operations = 0;
/** An operation that no other entry of the tests has. */
function operation(): string {
  operations += 1;
  return `comment ${operations}`;
}

export function holdEntry(changes: Partial<Of<'hold'>> = {}): Of<'hold'> {
  return { kind: 'hold', ...plain, pullRequest: 1, reason: '', expiresAt: null, operation: operation(), ...changes };
}

export function unholdEntry(changes: Partial<Of<'unhold'>> = {}): Of<'unhold'> {
  return { kind: 'unhold', ...plain, pullRequest: 1, cause: 'command', operation: operation(), ...changes };
}

export const STAGING = { kind: 'stage', name: StageName.parse('staging') } as const;

export function lockEntry(changes: Partial<Of<'lock'>> = {}): Of<'lock'> {
  const about = { target: STAGING, reason: '', pullRequest: 1, keep: false, expiresAt: null };
  return { kind: 'lock', ...plain, ...about, operation: operation(), ...changes };
}

export function unlockEntry(changes: Partial<Of<'unlock'>> = {}): Of<'unlock'> {
  return { kind: 'unlock', ...plain, target: STAGING, cause: 'command', operation: operation(), ...changes };
}

export function overrideEntry(run = 1, changes: Partial<Of<'override'>> = {}): Of<'override'> {
  return {
    kind: 'override',
    ...common,
    by: 'cleo',
    pullRequest: 1,
    run: runId(run),
    metric: MetricName.parse('roc_auc'),
    sha: COMMIT,
    policyDigest: sha256('policy'),
    reason: 'seasonal dip',
    operation: operation(),
    ...changes,
  };
}

export function okToTrainEntry(changes: Partial<Of<'ok_to_train'>> = {}): Of<'ok_to_train'> {
  const head = { sha: COMMIT, headRepository: 'dan/flights' };
  return { kind: 'ok_to_train', ...plain, pullRequest: 1, ...head, operation: operation(), ...changes };
}

/** Signs drafts into a chain. */
export function chainOf(drafts: readonly EntryDraft[], key: TestKey): Uint8Array[] {
  const envelopes: Uint8Array[] = [];
  for (const draft of drafts) {
    const last = verifyLedger(envelopes, [key.public]).at(-1) ?? null;
    envelopes.push(signStatement(entryStatement(appendTo(last, draft)), key));
  }
  return envelopes;
}

export function entriesOf(drafts: readonly EntryDraft[], key: TestKey): VerifiedEntry[] {
  return verifyLedger(chainOf(drafts, key), [key.public]);
}
