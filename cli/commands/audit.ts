import { type VerifiedAudit, verifyAudit } from '../../core/ledger/audit.ts';
import { AUDIT_REF } from '../../core/ledger/entry.ts';
import { LedgerError } from '../../core/ledger/error.ts';
import { terminalLine } from '../../core/reports/terminal.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { readArguments } from '../arguments.ts';
import { CliError, type RunCommand } from '../command.ts';
import { remoteRepository } from '../repository.ts';

const NEWEST = 100;

/** One decision with what its entry says of it. */
type Row = ReturnType<typeof rowsOf>[number];

interface Filter {
  readonly actor: string | undefined;
  readonly model: string | undefined;
  readonly verdict: string | undefined;
}

/** `trainyard audit`: who asked for what, and what was decided, with signatures and chain verified. */
export const audit: RunCommand = async (args, environment) => {
  const { values } = readArguments(
    args,
    {
      limit: { type: 'string' },
      actor: { type: 'string' },
      model: { type: 'string' },
      verdict: { type: 'string' },
      repo: { type: 'string' },
      json: { type: 'boolean' },
    },
    [],
  );
  const newest = readLimit(values.limit);
  const { actor, model, verdict } = values;
  if (verdict !== undefined && verdict !== 'allowed' && verdict !== 'refused')
    throw new CliError('usage', `--verdict takes allowed or refused, not ${terminalLine(verdict)}`);
  const { ports, name } = remoteRepository(environment, values.repo);
  const policy = await takePolicySnapshot(ports);
  if (policy.keys.length === 0)
    throw new CliError(
      'not_configured',
      'policy.signing.keys of the default branch names no key, so no record can be verified',
    );
  const chain = await ports.ledger.chain(AUDIT_REF, { newest });
  const envelopes = chain.map(({ envelope }) => envelope);
  const read = verified(() => verifyAudit(envelopes, policy.keys, name));
  const entries = 'problem' in read ? [] : read.entries;
  const problem = 'problem' in read ? read.problem : null;
  const rows = entries.flatMap(rowsOf).filter((row) => isWanted(row, { actor, model, verdict }));
  const whole = entries[0] === undefined || entries[0].entry.sequence === 0;
  if (values.json === true)
    environment.out(JSON.stringify({ ok: problem === null, whole, entries: entries.length, decisions: rows, problem }));
  else for (const line of printed({ rows, entries: entries.length, whole, problem })) environment.out(line);
  return problem === null ? 0 : 1;
};

function readLimit(text: string | undefined): number {
  if (text === undefined) return NEWEST;
  if (text === 'all') return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new CliError('usage', `--limit takes a number of comments, such as 50, or all, not ${terminalLine(text)}`);
}

type Read = { readonly entries: readonly VerifiedAudit[] } | { readonly problem: string };

/** A chain that can't be trusted shows nothing: which of its lines are true can't be told. */
function verified(verify: () => readonly VerifiedAudit[]): Read {
  try {
    return { entries: verify() };
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return { problem: `${AUDIT_REF} can't be trusted (${error.code}): ${error.message}` };
  }
}

function rowsOf({ entry, digest }: VerifiedAudit) {
  const { at, by, via, policyCommit, sequence, lines } = entry;
  return lines.map((line) => ({ sequence, digest, at, by, via, policyCommit, ...line }));
}

/** Logins are the same in either case. */
function isWanted(row: Row, { actor, model, verdict }: Filter): boolean {
  return (
    (actor === undefined || row.by.toLowerCase() === actor.toLowerCase()) &&
    (model === undefined || row.models.some((name) => name === model)) &&
    (verdict === undefined || row.verdict === verdict)
  );
}

interface Printed {
  readonly rows: readonly Row[];
  readonly entries: number;
  readonly whole: boolean;
  readonly problem: string | null;
}

/** Each text of a comment stands on one line, without anything that a terminal would act on. */
function printed({ rows, entries, whole, problem }: Printed): string[] {
  if (problem !== null) return [`✗ ${terminalLine(problem)}`];
  const lines = rows.flatMap((row) => {
    const where = row.pullRequest === null ? row.via : `#${row.pullRequest}`;
    const commit = row.sha === null ? '' : ` at ${row.sha.slice(0, 12)}`;
    const policy = `policy ${row.policyCommit.slice(0, 12)}`;
    return [
      `${row.at}  ${row.verdict.padEnd(7)} ${row.reason}  ${where}${commit}  by ${terminalLine(row.by)}  ${policy}`,
      `    ${terminalLine(row.command)}`,
      `    → ${terminalLine(row.message)}`,
    ];
  });
  const end = whole
    ? `${entries} entries: all signatures and the whole chain agree`
    : `the newest ${entries} entries: their signatures and chain agree; --limit all verifies every one`;
  return [...lines, end];
}
