import { subjectOf } from '../../core/ledger/subject.ts';
import { entriesOf } from '../../core/records.ts';
import { terminalLine } from '../../core/reports/terminal.ts';
import { FlowError } from '../../flows/error.ts';
import { auditModel } from '../../flows/freeze.ts';
import { loadLedger, loadRun } from '../../flows/ledger.ts';
import { configProblems } from '../../flows/model-at.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { readArguments } from '../arguments.ts';
import type { RunCommand } from '../command.ts';
import { remoteRepository } from '../repository.ts';

/** `trainyard verify`: every entry's signature and chain, every run's record, and every tag held against them. */
export const verify: RunCommand = async (args, environment) => {
  const { values } = readArguments(args, { repo: { type: 'string' }, json: { type: 'boolean' } }, []);
  const { ports } = remoteRepository(environment, values.repo);
  const problems: string[] = [];
  const policy = await takePolicySnapshot(ports);
  problems.push(...configProblems(policy));
  if (problems.length === 0 && policy.keys.length === 0)
    problems.push('policy.signing.keys of the default branch names no key');
  const ledger = await loadLedger(ports, policy).catch((error: unknown) => {
    if (!(error instanceof FlowError) || error.code !== 'ledger_invalid') throw error;
    problems.push(error.message);
    return null;
  });
  for (const run of ledger?.state.runs.values() ?? []) {
    const found = await loadRun(ports, policy, run.run).catch(() => null);
    if (found?.digest !== run.record)
      problems.push(`run ${run.run}: its ref does not end in the record that the ledger names`);
  }
  const models = new Set([
    ...entriesOf(policy.config?.models ?? {}).map(([name]) => name),
    ...(ledger?.state.models.keys() ?? []),
  ]);
  for (const model of models) {
    if (ledger === null) break;
    const frozen = ledger.state.models.get(model)?.frozen ?? null;
    if (frozen !== null) problems.push(`${model} is frozen: ${frozen.found}`);
    for (const { found } of await auditModel(ports, ledger, model)) problems.push(`${model}: ${found}`);
  }
  const entries = (ledger?.entries ?? []).map(({ entry, digest, keyid }) => ({
    kind: entry.kind,
    about: subjectOf(entry),
    at: entry.at,
    by: entry.by,
    digest,
    keyid,
  }));
  if (values.json === true) environment.out(JSON.stringify({ ok: problems.length === 0, entries, problems }));
  else {
    for (const entry of entries)
      environment.out(terminalLine(`${entry.at}  ${entry.kind.padEnd(11)} ${entry.about}  by ${entry.by}`));
    for (const problem of problems) environment.out(`✗ ${terminalLine(problem)}`);
    if (problems.length === 0) environment.out(`${entries.length} entries: signatures, chain, runs and tags agree`);
  }
  return problems.length === 0 ? 0 : 1;
};
