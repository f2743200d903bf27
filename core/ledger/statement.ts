import { canonicalJson, digestOf } from '../canonical.ts';
import type { AuditEntry } from './audit.ts';
import { type LedgerEntry, PREDICATE_TYPES, STATEMENT_TYPE } from './entry.ts';
import type { RunRecord } from './run.ts';
import { subjectOf } from './subject.ts';

/** in-toto Statement v1 (https://github.com/in-toto/attestation, spec v1): what an envelope's payload says. */
export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicateType: (typeof PREDICATE_TYPES)[keyof typeof PREDICATE_TYPES];
  readonly predicate: LedgerEntry | RunRecord | AuditEntry;
}

/** A decision of the ledger. Its subject is the package where the entry is about one. */
export function entryStatement(entry: LedgerEntry): Statement {
  return {
    _type: STATEMENT_TYPE,
    subject: [entrySubject(entry)],
    predicateType: PREDICATE_TYPES.entry,
    predicate: entry,
  };
}

/** A state of a run. Its subject is the package once there is one, before that the source that it trains. */
export function runStatement(record: RunRecord): Statement {
  const made = record.state.state === 'judged' ? record.state.package : null;
  const subject =
    made === null
      ? { name: `${record.model} source`, digest: { sha256: record.fingerprint.source } }
      : { name: `${record.model} package`, digest: { sha256: made.sha256 } };
  return { _type: STATEMENT_TYPE, subject: [subject], predicateType: PREDICATE_TYPES.run, predicate: record };
}

/** The one form in which a statement is signed: RFC 8785, UTF-8. */
export function statementBytes(statement: Statement): Uint8Array {
  return Buffer.from(canonicalJson(statement));
}

function entrySubject(entry: LedgerEntry): Statement['subject'][number] {
  switch (entry.kind) {
    case 'run':
      return entry.package === null
        ? { name: `${entry.model} source`, digest: { sha256: entry.fingerprint.source } }
        : { name: `${entry.model} package`, digest: { sha256: entry.package } };
    case 'version':
      return { name: `${entry.model}@v${entry.version}`, digest: { sha256: entry.package } };
    case 'stage':
      return { name: `${entry.model}#${entry.stage}#${entry.counter}`, digest: { gitCommit: entry.commit } };
    case 'override':
    case 'ok_to_train':
      return { name: `${subjectOf(entry)} ${entry.kind}`, digest: { gitCommit: entry.sha } };
    case 'freeze':
    case 'lift':
    case 'hold':
    case 'unhold':
    case 'lock':
    case 'unlock':
      // Nothing but the decision itself is at stake.
      return { name: `${subjectOf(entry)} ${entry.kind}`, digest: { sha256: digestOf(entry) } };
  }
}
