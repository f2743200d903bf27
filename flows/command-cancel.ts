import type { CancelCommand } from '../core/commands/command.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { authorised, type CommandAnswer, type CommandContext, refusal } from './command.ts';
import { advanceRun, closeRun, loadRun, loadRuns } from './ledger.ts';
import type { Ports } from './ports.ts';
import { requireConfig, takePolicySnapshot } from './snapshot.ts';

type Decision = { readonly refused: string } | { readonly runs: readonly RunId[] };

/** `/cancel`: a run is reported cancelled only after its compute is confirmed gone (invariant 9). */
export async function commandCancel({
  ports,
  command,
  comment,
  pull,
  line,
}: CommandContext<CancelCommand>): Promise<CommandAnswer> {
  const decision = await ports.steps.run(`decide line ${line}`, async (): Promise<Decision> => {
    const policy = await takePolicySnapshot(ports);
    const allowed = await authorised(
      ports,
      'cancel',
      comment.author,
      requireConfig(policy, 'the default branch').policy,
    );
    if (!allowed.allowed) return { refused: allowed.reason };
    const records = (await loadRuns(ports, policy)).map(({ record }) => record);
    return chooseRuns(
      command,
      records.filter((record) => record.origin.kind === 'pull_request' && record.origin.number === pull.number),
    );
  });
  if ('refused' in decision) return refusal(decision.refused);
  const answers: string[] = [];
  for (const run of decision.runs) answers.push(await cancelRun(ports, run, comment.author));
  const stopping = answers.some((answer) => answer.includes('being stopped'));
  return { tone: 'ok', message: answers.join('\n'), code: stopping ? 'run_stopping' : 'run_cancelled' };
}

function chooseRuns(command: CancelCommand, records: readonly RunRecord[]): Decision {
  const active = records.filter((record) => !isFinal(record.state));
  const { target } = command;
  const runs = active.filter((record) => {
    if (target.kind === 'run') return record.run === target.run;
    return target.kind === 'model' ? record.model === target.model : true;
  });
  if (runs.length === 0) {
    const ended = target.kind === 'run' ? records.find((record) => record.run === target.run) : undefined;
    return {
      refused:
        ended === undefined
          ? 'no such run of this pull request is in progress'
          : `run ${ended.run} has ended: it is ${ended.state.state}`,
    };
  }
  if (target.kind === 'only' && runs.length > 1)
    return {
      refused: `${runs.length} runs are in progress (${runs.map(({ run }) => run).join(', ')}): name one, a model, or all`,
    };
  return { runs: runs.map(({ run }) => run) };
}

/** Asks the engine to end a run. Its workflow's end, which GitHub reports, is what makes it `cancelled`. */
export async function cancelRun(ports: Ports, run: RunId, by: string): Promise<string> {
  return ports.steps.run(`cancel ${run}`, async () => {
    const policy = await takePolicySnapshot(ports);
    const found = await loadRun(ports, policy, run);
    if (found === null || isFinal(found.record.state)) return `run ${run} has ended already`;
    const { state } = found.record;
    const workflowRun = state.state === 'training' || state.state === 'judging' ? state.workflowRun : null;
    if (workflowRun !== null && (await ports.engine.cancel(workflowRun)) !== 'gone')
      return `run ${run} is being stopped; it is reported cancelled once its job is gone`;
    await advanceRun(ports, policy, run, { state: 'cancelled', by, workflowRun });
    await closeRun(ports, policy, run, by);
    return `run ${run} is cancelled and its job is gone`;
  });
}
