import type { EntryDraft } from '../core/ledger/append.ts';
import type { ControlEntry } from '../core/ledger/controls.ts';
import { type CommandContext, operationIn } from './command.ts';
import { appendEntry, instant, type Ledger } from './ledger.ts';
import type { PolicySnapshot } from './snapshot.ts';

type Drafted = Extract<EntryDraft, { kind: ControlEntry['kind'] }>;
/** What a command adds to the fields that every such entry has. */
export type Control = Drafted extends infer Entry
  ? Entry extends Drafted
    ? Omit<Entry, 'repository' | 'at' | 'by' | 'policyCommit' | 'operation'>
    : never
  : never;

/**
 * Enters one decision of a person in the ledger, once: a command that is heard of again finds its entry.
 *
 * @throws FlowError `not_possible` where somebody else's entry came first and this one no longer follows
 */
export async function enter(
  context: Pick<CommandContext, 'ports' | 'source' | 'line'>,
  control: (policy: PolicySnapshot, ledger: Ledger) => Control,
): Promise<null> {
  const { ports, source, line } = context;
  await ports.steps.run(`enter line ${line}`, async () => {
    const policy = await source.policy();
    const { name: repository } = await ports.source.repository();
    const operation = operationIn(context);
    const common = { repository, by: source.subject.comment.author, policyCommit: policy.commit, operation };
    await appendEntry(ports, policy, (ledger) =>
      ledger.state.operations.has(operation) ? null : { ...common, at: instant(ports), ...control(policy, ledger) },
    );
    return null;
  });
  return null;
}
