import { type AuditEntry, type AuditLine, auditStatement, decodeAudit, verifyAudit } from '../core/ledger/audit.ts';
import { AUDIT_REF } from '../core/ledger/entry.ts';
import { encodeEnvelope } from '../core/ledger/envelope.ts';
import { statementBytes } from '../core/ledger/statement.ts';
import { GitId } from '../core/names.ts';
import { cutText } from '../core/reports/characters.ts';
import { escapeMarkdown } from '../core/reports/markdown.ts';
import { FlowError } from './error.ts';
import { instant, standing, trusting } from './ledger.ts';
import type { Ports, StoredEnvelope } from './ports.ts';
import type { PolicySnapshot } from './snapshot.ts';

/** All that was decided about one comment, button or request. */
export interface Decisions {
  readonly by: string;
  readonly via: AuditEntry['via'];
  /** Names what was asked, within the repository: the same however often it is heard of. */
  readonly operation: string;
  readonly lines: readonly AuditLine[];
}

const ATTEMPTS = 8;
/** Entries among which one that may have been written before is looked for. */
const LOOKED_AT = 50;
const SEEN = 'audit head';

type AuditPorts = Pick<Ports, 'ledger' | 'source' | 'signer' | 'clock' | 'inFlight' | 'issues' | 'withoutApp'>;

/**
 * Enters decisions in the audit chain, once for each comment. It has a ref of its own, so that no flow loads it: only its
 * newest entry is read, which the new one names.
 *
 * Somebody with write access can break the chain, which must not keep others from working: that is reported in an issue,
 * `trainyard audit` fails, and `broken` is answered.
 *
 * @throws FlowError `not_possible` where policy does not name the key that signs here, `ledger_contended`
 */
export async function recordDecisions(
  ports: AuditPorts,
  policy: PolicySnapshot,
  decisions: Decisions,
): Promise<'entered' | 'there' | 'broken' | 'nothing'> {
  const lines = decisions.lines.map(storable);
  // Without keys there is no ledger, and nothing that could be believed.
  if (lines.length === 0 || policy.keys.length === 0) return 'nothing';
  const mark = `audit ${decisions.operation}`.slice(0, 200);
  const begun = await ports.inFlight.progress(mark);
  if (begun === 'entered') return 'there';
  if ((begun !== null || ports.withoutApp === true) && (await isThere(ports, policy, decisions.operation)))
    return 'there';
  await ports.inFlight.putProgress(mark, 'begun');
  const result = await append(ports, policy, { ...decisions, lines });
  if (result === 'entered') await ports.inFlight.putProgress(mark, 'entered');
  return result;
}

async function append(ports: AuditPorts, policy: PolicySnapshot, decisions: Decisions): Promise<'entered' | 'broken'> {
  const { name: repository } = await ports.source.repository();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const head = await ports.ledger.head(AUDIT_REF);
    const problem = await problemOf(ports, policy, head);
    if (problem !== null) {
      await reportAudit(ports, problem);
      return 'broken';
    }
    const last = head === null ? null : decodeAudit(head.envelope, policy.keys);
    const entry: AuditEntry = {
      kind: 'audit',
      repository,
      sequence: last === null ? 0 : last.entry.sequence + 1,
      previous: last?.digest ?? null,
      at: instant(ports),
      by: decisions.by.toWellFormed().slice(0, 100),
      via: decisions.via,
      policyCommit: policy.commit,
      operation: decisions.operation,
      lines: [...decisions.lines],
    };
    const statement = standing(() => statementBytes(auditStatement(entry)));
    const envelope = encodeEnvelope(await ports.signer.sign(statement));
    standing(() => decodeAudit(envelope, policy.keys));
    const title = `audit: ${entry.lines.length === 1 ? '1 decision' : `${entry.lines.length} decisions`}`;
    const commit = await ports.ledger.append(AUDIT_REF, head?.commit ?? null, envelope, title);
    if (commit === 'conflict') continue;
    await ports.inFlight.putProgress(SEEN, commit);
    return 'entered';
  }
  throw new FlowError('ledger_contended', `${AUDIT_REF} was moved by others ${ATTEMPTS} times in a row; try again`);
}

/** Why nothing can be added to the chain, in words: its end is not ours, or it was set back. */
async function problemOf(
  ports: AuditPorts,
  policy: PolicySnapshot,
  head: StoredEnvelope | null,
): Promise<string | null> {
  const seen = GitId.safeParse(await ports.inFlight.progress(SEEN));
  if (seen.success && head?.commit !== seen.data) {
    const chain = await ports.ledger.chain(AUDIT_REF, { newest: LOOKED_AT, fresh: true });
    if (!chain.some(({ commit }) => commit === seen.data)) {
      // Told once: what is left is built upon from then on.
      await ports.inFlight.putProgress(SEEN, head?.commit ?? '');
      await reportAudit(
        ports,
        `${AUDIT_REF} ${head === null ? 'was deleted' : `is at ${head.commit}`}, which does not descend from ${seen.data}`,
      );
    }
  }
  return head === null ? null : problemIn(ports, policy, [head]);
}

async function problemIn(
  ports: Pick<Ports, 'source'>,
  policy: PolicySnapshot,
  chain: readonly StoredEnvelope[],
): Promise<string | null> {
  const { name } = await ports.source.repository();
  try {
    const envelopes = chain.map(({ envelope }) => envelope);
    trusting(AUDIT_REF, () => verifyAudit(envelopes, policy.keys, name));
    return null;
  } catch (error) {
    if (error instanceof FlowError && error.code === 'ledger_invalid') return error.message;
    throw error;
  }
}

async function isThere(ports: AuditPorts, policy: PolicySnapshot, operation: string): Promise<boolean> {
  const chain = await ports.ledger.chain(AUDIT_REF, { newest: LOOKED_AT, fresh: true });
  if ((await problemIn(ports, policy, chain)) !== null) return false;
  return chain.some(({ envelope }) => decodeAudit(envelope, policy.keys).entry.operation === operation);
}

/** As the ledger can hold it: no half of a surrogate pair, no more than the schema takes. */
function storable(line: AuditLine): AuditLine {
  return {
    ...line,
    command: cutText(line.command.toWellFormed(), 500),
    message: cutText(line.message.toWellFormed(), 2000),
    models: line.models.slice(0, 64),
  };
}

const AUDIT_MARKER = '<!-- trainyard:audit -->';

async function reportAudit(ports: Pick<Ports, 'issues'>, problem: string): Promise<void> {
  const body = [
    AUDIT_MARKER,
    'The chain that records who asked for what, and what was decided, does not hold:',
    '',
    `- ${escapeMarkdown(problem)}`,
    '',
    'Somebody other than Trainyard has written to it. Commands are decided and carried out as before; `trainyard audit` says what of the record can be believed. Move the ref back to the last commit that Trainyard made, if you have it, and close this issue.',
  ].join('\n');
  await ports.issues.put({
    marker: AUDIT_MARKER,
    title: 'Trainyard: the record of decisions can’t be trusted',
    body,
    open: true,
  });
}
