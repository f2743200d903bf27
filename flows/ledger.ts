import { CanonicalError } from '../core/canonical.ts';
import { appendTo, type EntryDraft } from '../core/ledger/append.ts';
import { LEDGER_REF, RUN_REF_PREFIX } from '../core/ledger/entry.ts';
import {
  decodeEntry,
  decodeRecord,
  encodeEnvelope,
  type VerifiedEntry,
  type VerifiedRecord,
  verifyLedger,
} from '../core/ledger/envelope.ts';
import { LedgerError } from '../core/ledger/error.ts';
import { foldLedger, type LedgerState } from '../core/ledger/fold.ts';
import { canFollow, firstRunRecord, isFinal, nextRunRecord, verifyRun } from '../core/ledger/machine.ts';
import type { RunRecord, RunState } from '../core/ledger/run.ts';
import { entryStatement, runStatement, statementBytes } from '../core/ledger/statement.ts';
import { subjectOf } from '../core/ledger/subject.ts';
import { type GitId, Instant, type RepositoryName, type RunId } from '../core/names.ts';
import { gitSubject } from '../core/reports/git-text.ts';
import { wellFormed } from '../core/well-formed.ts';
import { FlowError } from './error.ts';
import { rememberHead, unrewoundChain } from './ledger-head.ts';
import type { Ports } from './ports.ts';
import type { PolicySnapshot } from './snapshot.ts';

/** A ref moves by compare-and-swap; this often somebody else may be faster before we give up. */
const ATTEMPTS = 8;
/** Records that are asked for at once. */
const AT_ONCE = 8;

type LedgerPorts = Pick<Ports, 'ledger' | 'source' | 'signer' | 'clock'> & Partial<Pick<Ports, 'inFlight'>>;
/** Without `inFlight` nobody remembers what was seen, and a rewound ledger shows by its tags and deployments alone. */
type ReadPorts = Pick<Ports, 'ledger' | 'source'> & Partial<Pick<Ports, 'inFlight'>>;

export interface Ledger {
  readonly entries: readonly VerifiedEntry[];
  readonly state: LedgerState;
  /** Commits of the ledger ref, oldest first: what stage tags and deployments point into. */
  readonly commits: readonly GitId[];
}

/** Now, in whole seconds as GitHub's own times. */
export function instant(ports: Pick<Ports, 'clock'>): Instant {
  return Instant.parse(`${ports.clock.now().toISOString().slice(0, 19)}Z`);
}

/** @throws FlowError `ledger_invalid` when any entry is unsigned, foreign or out of its chain, or the ref was set back (invariant 10) */
export async function loadLedger(ports: ReadPorts, policy: PolicySnapshot): Promise<Ledger> {
  const [chain, repository] = await Promise.all([unrewoundChain(ports), ports.source.repository()]);
  const ledger = trusting(LEDGER_REF, () => {
    const entries = verifyLedger(
      chain.map((stored) => stored.envelope),
      policy.keys,
      repository.name,
    );
    return { entries, state: foldLedger(entries), commits: chain.map((stored) => stored.commit) };
  });
  await remember(ports, ledger.commits);
  return ledger;
}

/** Only what was verified is remembered: junk that somebody pushed may be taken away again. */
async function remember({ inFlight }: ReadPorts, commits: readonly GitId[]): Promise<void> {
  const head = commits.at(-1);
  if (inFlight !== undefined && head !== undefined) await rememberHead({ inFlight }, head);
}

/** Why the ledger can't be trusted, in words; null when it can. */
export async function ledgerProblem(ports: ReadPorts, policy: PolicySnapshot): Promise<string | null> {
  try {
    await loadLedger(ports, policy);
    return null;
  } catch (error) {
    if (error instanceof FlowError && error.code === 'ledger_invalid') return error.message;
    throw error;
  }
}

/**
 * Appends the entry that `draft` makes of the present state; none when it answers null, since its effect is there.
 *
 * @returns the ledger as it is then
 */
export async function appendEntry(
  ports: LedgerPorts,
  policy: PolicySnapshot,
  draft: (ledger: Ledger) => EntryDraft | null,
): Promise<Ledger> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const ledger = await loadLedger(ports, policy);
    const next = draft(ledger);
    if (next === null) return ledger;
    const entry = appendTo(ledger.entries.at(-1) ?? null, wellFormed(next));
    const statement = standing(() => statementBytes(entryStatement(entry)));
    const envelope = encodeEnvelope(await ports.signer.sign(statement));
    // An entry that could not be read again would make the whole ledger unreadable, so it is read before it is written.
    const { entries, state } = standing(() => {
      const all = [...ledger.entries, decodeEntry(envelope, policy.keys)];
      return { entries: all, state: foldLedger(all) };
    });
    const title = gitSubject(`${entry.kind}: ${subjectOf(entry)}`);
    const commit = await ports.ledger.append(LEDGER_REF, ledger.commits.at(-1) ?? null, envelope, title);
    if (commit === 'conflict') continue;
    await remember(ports, [commit]);
    return { entries, state, commits: [...ledger.commits, commit] };
  }
  throw new FlowError('ledger_contended', `${LEDGER_REF} was moved by others ${ATTEMPTS} times in a row; try again`);
}

export function runRef(run: RunId): string {
  return `${RUN_REF_PREFIX}${run}`;
}

/** The newest record of a run, signature verified; null when there is none. @throws FlowError `ledger_invalid` */
export async function loadRun(ports: ReadPorts, policy: PolicySnapshot, run: RunId): Promise<VerifiedRecord | null> {
  const [stored, repository] = await Promise.all([ports.ledger.head(runRef(run)), ports.source.repository()]);
  return stored === null ? null : readRecord(stored.envelope, policy, run, repository.name);
}

function readRecord(
  envelope: Uint8Array,
  policy: PolicySnapshot,
  run: RunId,
  repository: RepositoryName,
): VerifiedRecord {
  return trusting(runRef(run), () => {
    const verified = decodeRecord(envelope, policy.keys);
    const { record } = verified;
    if (record.run !== run || record.repository !== repository)
      throw new LedgerError('wrong_repository', `the record is of run ${record.run} in ${record.repository}`);
    return verified;
  });
}

/** Every readable run, newest first. A run ref that can't be trusted is left out here: it proves nothing. */
export async function loadRuns(ports: ReadPorts, policy: PolicySnapshot): Promise<readonly VerifiedRecord[]> {
  const [refs, repository] = await Promise.all([ports.ledger.runs(), ports.source.repository()]);
  const runs: VerifiedRecord[] = [];
  for (let start = 0; start < refs.length; start += AT_ONCE) {
    const batch = refs.slice(start, start + AT_ONCE);
    const envelopes = await Promise.all(batch.map(({ commit }) => ports.ledger.envelope(commit)));
    for (const [index, { run }] of batch.entries()) {
      try {
        runs.push(readRecord(envelopes[index] ?? new Uint8Array(), policy, run, repository.name));
      } catch (error) {
        if (!(error instanceof FlowError) || error.code !== 'ledger_invalid') throw error;
      }
    }
  }
  return runs.sort((a, b) => (a.record.run < b.record.run ? 1 : a.record.run > b.record.run ? -1 : 0));
}

type RunDraft = Parameters<typeof firstRunRecord>[0];

/** Writes the first record of a run, unless the run exists; returns its newest record. */
export async function acceptRun(ports: LedgerPorts, policy: PolicySnapshot, draft: RunDraft): Promise<RunRecord> {
  const existing = await loadRun(ports, policy, draft.run);
  if (existing !== null) return existing.record;
  const record = firstRunRecord(draft, instant(ports));
  if ((await write(ports, policy, record, null)) === 'conflict') return requireRun(ports, policy, draft.run);
  return record;
}

/**
 * Moves a run to its next state. A run that is in that state already, or has gone past it, stays as it is: the effect
 * of a delivery that came twice.
 *
 * @returns the newest record
 */
export async function advanceRun(
  ports: LedgerPorts,
  policy: PolicySnapshot,
  run: RunId,
  state: RunState,
): Promise<RunRecord> {
  const { name: repository } = await ports.source.repository();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const chain = await ports.ledger.chain(runRef(run));
    const verified = trusting(runRef(run), () =>
      verifyRun(
        chain.map(({ envelope }) => envelope),
        policy.keys,
        repository,
      ),
    );
    const last = verified.at(-1);
    if (last !== undefined && last.record.run !== run)
      throw new FlowError('ledger_invalid', `${runRef(run)} holds the records of run ${last.record.run}`);
    if (last === undefined) throw new FlowError('record_missing', `there is no run ${run} under ${RUN_REF_PREFIX}`);
    if (!canFollow(last.record, state)) return last.record;
    const next = nextRunRecord(last.record, wellFormed(state), instant(ports), last.digest);
    if ((await write(ports, policy, next, chain.at(-1)?.commit ?? null)) !== 'conflict') return next;
  }
  throw new FlowError('ledger_contended', `${runRef(run)} was moved by others ${ATTEMPTS} times in a row; try again`);
}

/** Enters an ended run in the ledger, with the digest of its last record. */
export async function closeRun(ports: LedgerPorts, policy: PolicySnapshot, run: RunId, by: string): Promise<RunRecord> {
  const found = await loadRun(ports, policy, run);
  if (found === null) throw new FlowError('record_missing', `there is no run ${run} under ${RUN_REF_PREFIX}`);
  const { record, digest } = found;
  if (!isFinal(record.state)) return record;
  await appendEntry(ports, policy, ({ state }) =>
    state.runs.has(run)
      ? null
      : {
          kind: 'run',
          repository: record.repository,
          at: instant(ports),
          by,
          policyCommit: policy.commit,
          model: record.model,
          run,
          record: digest,
          outcome: outcomeOf(record.state),
          fingerprint: record.fingerprint,
          policyDigest: record.policy.digest,
          trust: record.trust,
          policyChange: record.policyChange,
          package: record.state.state === 'judged' ? (record.state.package?.sha256 ?? null) : null,
        },
  );
  return record;
}

function outcomeOf(state: RunState): 'candidate' | 'held' | 'failed' | 'cancelled' {
  if (state.state === 'judged') return state.verdict;
  return state.state === 'cancelled' ? 'cancelled' : 'failed';
}

async function requireRun(ports: ReadPorts, policy: PolicySnapshot, run: RunId): Promise<RunRecord> {
  const found = await loadRun(ports, policy, run);
  if (found === null) throw new FlowError('record_missing', `there is no run ${run} under ${RUN_REF_PREFIX}`);
  return found.record;
}

async function write(
  ports: LedgerPorts,
  policy: PolicySnapshot,
  record: RunRecord,
  parent: GitId | null,
): Promise<GitId | 'conflict'> {
  const envelope = encodeEnvelope(await ports.signer.sign(statementBytes(runStatement(record))));
  standing(() => decodeRecord(envelope, policy.keys));
  const title = `run ${record.run}: ${record.state.state}`;
  return ports.ledger.append(runRef(record.run), parent, envelope, title);
}

/** @throws FlowError `not_possible` when what is about to be written would not be trusted when it is read */
export function standing<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    // The words of people may hold what JSON can't, such as half of a surrogate pair.
    if (!(cause instanceof LedgerError || cause instanceof CanonicalError)) throw cause;
    const what =
      cause.code === 'unknown_key'
        ? 'policy.signing.keys of the default branch does not name the key that signs here: add its public half'
        : cause.message;
    throw new FlowError('not_possible', `nothing was written to the ledger, since it would not stand: ${what}`, {
      cause,
    });
  }
}

/** @throws FlowError `ledger_invalid` where what is read can't be trusted */
export function trusting<T>(ref: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof LedgerError)) throw cause;
    throw new FlowError('ledger_invalid', `${ref} can't be trusted (${cause.code}): ${cause.message}`, { cause });
  }
}
