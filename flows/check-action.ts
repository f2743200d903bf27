import { sha256Hex } from '../core/canonical.ts';
import type { Command } from '../core/commands/command.ts';
import type { ParsedLine } from '../core/commands/parse.ts';
import { renderCommand } from '../core/commands/render.ts';
import { newestFirst } from '../core/decision/runs.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { isFinal } from '../core/ledger/machine.ts';
import { type Instant, ModelName, type RepositoryName, type RunId } from '../core/names.ts';
import { valueAt } from '../core/records.ts';
import { authorised, type Person } from './authorised.ts';
import { type Button, readButton } from './button.ts';
import { decideLine } from './carried-out.ts';
import type { CommandAnswer } from './command.ts';
import { cancelRun } from './command-cancel.ts';
import { recordDecided } from './decisions.ts';
import { factSource, type Subject } from './facts.ts';
import { instant, loadRuns } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { deriveRunId } from './run-draft.ts';
import { showNotices, showPullRequest, showRun } from './show.ts';
import { takePolicySnapshot } from './snapshot.ts';

export interface CheckActionEvent extends Person {
  readonly externalId: string;
  readonly sha: string;
  readonly identifier: string;
}

/** The run that the button was shown with, as much of it as is needed. */
interface Pressed {
  readonly run: RunId;
  /** When it was last moved: a retry's id sorts by it, and is the same however often the press is told of. */
  readonly at: Instant;
  /** Null: a run of the default branch. */
  readonly pullRequest: number | null;
  /** What its command set, as one would type it. */
  readonly set: readonly { readonly param: string; readonly text: string }[];
}

/** A button of a train check was pressed. It is a command about the commit that the check stands at, and decided as one. */
export async function handleCheckAction(ports: Ports, event: CheckActionEvent): Promise<Outcome> {
  const model = ModelName.safeParse(/^train (\S+)( renewed \d+)?$/.exec(event.externalId)?.[1]);
  const again = event.identifier === 'rerequested';
  if (again && !model.success) return showAgain(ports, event.sha);
  const read = readButton(again ? 'retry' : event.identifier);
  if (!model.success || read === null)
    return { code: 'ignored', message: `no button ${event.identifier} of ${event.externalId}`, reason: 'no_command' };
  const pressed = await ports.steps.run('run', () =>
    pressedRun(ports, { ...read, model: model.data, sha: event.sha, again }),
  );
  if (pressed === 'answered')
    return { code: 'ignored', message: 'the button was pressed before', reason: 'already_handled' };
  if (pressed === null)
    return {
      code: 'refused',
      message: `no run of ${model.data} at ${event.sha.slice(0, 12)}`,
      reason: 'unknown_run',
    };
  return press(ports, event, { button: read.button, model: model.data, pressed });
}

/** "Re-run" of a check that only shows: it is computed afresh for every open pull request with this head. */
async function showAgain(ports: Ports, sha: string): Promise<Outcome> {
  const numbers = await ports.steps.run('heads', async () =>
    (await ports.pulls.listOpen()).filter(({ head }) => head.sha === sha).map(({ number }) => number),
  );
  for (const number of numbers) await ports.steps.run(`show ${number}`, () => showPullRequest(ports, number));
  return {
    code: 'planned',
    message: `${numbers.length} pull requests with the head ${sha.slice(0, 12)} are shown afresh`,
  };
}

interface Asked {
  readonly model: ModelName;
  readonly sha: string;
  readonly named: string | null;
  readonly button: Button;
  /** GitHub's own "Re-run", which names nothing. */
  readonly again: boolean;
}

async function pressedRun(ports: Ports, asked: Asked): Promise<Pressed | 'answered' | null> {
  const { model, sha, named, button, again } = asked;
  const records = await loadRuns(ports, await takePolicySnapshot(ports));
  const runs = records
    .filter(({ record }) => record.model === model && record.commit === sha)
    // A retry's id is of the time at which the run before it ended: ids alone would not tell which came last.
    .sort((a, b) => newestFirst(a.record, b.record));
  const found = named === null ? runs[0] : runs.find(({ record }) => record.run.endsWith(named));
  if (found === undefined) return null;
  const { run, at, origin, state } = found.record;
  if (named !== null && button === 'cancel' && isFinal(state)) return 'answered';
  const { name } = await ports.source.repository();
  const retry = runs.find(({ record }) => record.run === retryOf(name, { run, at }, model));
  // One whose launch broke off is launched to the end.
  if (named !== null && button === 'retry' && retry !== undefined && retry.record.state.state !== 'accepted')
    return 'answered';
  const isRetry = runs.some(({ record }) => retryOf(name, { run: record.run, at: record.at }, model) === run);
  if (again && isRetry && !isFinal(state)) return 'answered';
  const pullRequest = origin.kind === 'pull_request' ? origin.number : null;
  return { run, at, pullRequest, set: settings(found) };
}

/** One retry of a run is one run, pressed or told of twice. */
function retryOf(repository: RepositoryName, { run, at }: Pick<Pressed, 'run' | 'at'>, model: ModelName): RunId {
  return deriveRunId(repository, at, `button retry ${run} model ${model}`);
}

function settings({ record }: VerifiedRecord): Pressed['set'] {
  const { request } = record.order;
  return request.explicit.map((param) => ({ param, text: String(valueAt(request.params, param)) }));
}

interface Press {
  readonly button: Button;
  readonly model: ModelName;
  readonly pressed: Pressed;
}

async function press(ports: Ports, event: CheckActionEvent, of: Press): Promise<Outcome> {
  const { pressed, button } = of;
  if (pressed.pullRequest === null && button === 'cancel') return cancelOfBranch(ports, event, pressed.run);
  const line = lineOf(of, event.sha);
  const source = factSource(ports, await subjectOf(ports, event, of));
  const end = await decideLine(ports, source, line, { suffix: '', asksOnce: false });
  if (end.kind === 'left') return { code: 'ignored', message: end.decided.message, reason: end.decided.reason };
  const { answer } = end.line;
  await ports.steps.run('show', () => tell(ports, event, of, line.text, answer));
  await recordDecided(ports, source, 'button', [end.line]);
  const { code, message, reason } = answer;
  return { code, message, reason };
}

/** A button has no conversation of its own: a refusal stands in the pull request's comment. */
async function tell(
  ports: Ports,
  event: CheckActionEvent,
  { button, model, pressed }: Press,
  command: string,
  { tone, message }: CommandAnswer,
): Promise<null> {
  const { pullRequest, run } = pressed;
  if (pullRequest === null) return showRun(ports, run);
  if (tone === 'refused') {
    const key = `button:${button} ${model} ${event.sha} ${event.sender}`;
    const notice = { pullRequest, key, at: instant(ports), author: event.sender, command, message, tone };
    await ports.inFlight.putNotice(notice);
    return showNotices(ports, pullRequest);
  }
  return showPullRequest(ports, pullRequest);
}

/** A run of the default branch has no pull request on which it could be cancelled by a comment. */
async function cancelOfBranch(ports: Ports, event: CheckActionEvent, run: RunId): Promise<Outcome> {
  const allowed = await ports.steps.run('authorise', () => authorised(ports, 'cancel', event));
  if (!allowed.allowed) return { code: 'refused', message: allowed.reason, reason: 'not_permitted' };
  const { message, stopping } = await cancelRun(ports, run, event.sender);
  await ports.steps.run('show', () => showRun(ports, run));
  return { code: stopping ? 'run_stopping' : 'run_cancelled', message, reason: 'allowed' };
}

function commandOf({ button, model, pressed }: Press, sha: string): Command {
  const target = { kind: 'run', run: pressed.run } as const;
  if (button === 'cancel') return { name: 'cancel', target };
  if (pressed.pullRequest !== null) return { name: 'retry', target, sha };
  const rest = { gpu: null, engine: null, resume: null, repro: null, force: true, sha: null };
  return { name: 'train', models: [model], set: pressed.set, ...rest };
}

function lineOf(of: Press, sha: string): ParsedLine {
  const command = commandOf(of, sha);
  return { kind: 'command', line: 1, text: renderCommand(command), command };
}

async function subjectOf(ports: Ports, event: CheckActionEvent, { button, pressed }: Press): Promise<Subject> {
  const { sender, senderType = 'User', senderId } = event;
  const operation = `button ${button} ${pressed.run}`;
  const { name } = await ports.source.repository();
  const createdAt = await ports.steps.run('pressed at', async () => instant(ports));
  const who = {
    author: sender.slice(0, 100),
    authorType: senderType,
    ...(senderId == null ? {} : { authorId: senderId }),
  };
  return {
    comment: {
      kind: pressed.pullRequest === null ? 'request' : 'button',
      id: idOf(operation),
      ...who,
      createdAt,
      edited: false,
    },
    pullRequest: pressed.pullRequest,
    operation: () => operation,
    runId: async ({ model }) =>
      button === 'retry' ? retryOf(name, pressed, model) : deriveRunId(name, pressed.at, `${operation} model ${model}`),
  };
}

/** Facts number what asks: here by its mark, since a button and a request have no number of their own. */
export function idOf(operation: string): number {
  return Number.parseInt(sha256Hex(operation).slice(0, 12), 16) + 1;
}
