import { z } from 'zod';
import type { Command } from '../core/commands/command.ts';
import type { ParsedLine } from '../core/commands/parse.ts';
import { renderCommand } from '../core/commands/render.ts';
import { ParamValue } from '../core/config/params.ts';
import { type Instant, ModelName, ParamName, StageName } from '../core/names.ts';
import { parseModelVersion } from '../core/promotion/gto.ts';
import { keysOf } from '../core/records.ts';
import { authorised, type Person } from './authorised.ts';
import { decideLine } from './carried-out.ts';
import { idOf } from './check-action.ts';
import { recordDecided } from './decisions.ts';
import { FlowError } from './error.ts';
import { factSource, type Subject } from './facts.ts';
import type { Outcome } from './outcome.ts';
import { PortError, type Ports } from './ports.ts';
import { reconcile } from './reconcile.ts';
import { deriveRunId } from './run-draft.ts';
import { showRequest } from './show-outcome.ts';

/** What `repository_dispatch` carries for each of our event types. Anybody with write access can send anything. */
const Id = z.string().regex(/^[0-9A-Za-z-]{8,64}$/);
export const TrainRequest = z.strictObject({
  id: Id,
  model: ModelName,
  ref: z.string().max(256),
  set: z.record(ParamName, z.union([z.string().max(256), ParamValue])).default({}),
});
export const PromoteRequest = z.strictObject({ id: Id, version: z.string().max(100), stage: StageName });
export const ReconcileRequest = z.strictObject({
  id: Id,
  /** Without it, no freeze is lifted. */
  word: z.string().min(1).max(500).optional(),
  model: ModelName.optional(),
});

export interface RequestEvent extends Person {
  readonly type: 'train' | 'promote' | 'reconcile';
  readonly payload: Readonly<Record<string, unknown>>;
  readonly at: Instant;
}

/** Something asked for from a terminal, authorised by who sent it. The answer is a check on the default branch's head. */
export async function handleRequest(ports: Ports, event: RequestEvent): Promise<Outcome> {
  const id = Id.safeParse(event.payload['id']);
  const key = `request ${id.success ? id.data : ''}`;
  const known = id.success ? await ports.steps.run('known', () => ports.inFlight.progress(key)) : null;
  // Its answer stands where its caller looks, and what it asked for may have been undone since.
  if (known !== null)
    return { code: 'ignored', message: 'the request was handled before', reason: 'already_handled', ...runOf(known) };
  const outcome = await answer(ports, event);
  if (!id.success) return outcome;
  await ports.steps.run('answer', async () => {
    await showRequest(ports, { id: id.data, type: event.type, sender: event.sender, outcome });
    await ports.inFlight.putProgress(key, typeof outcome['run'] === 'string' ? outcome['run'] : 'handled');
    return null;
  });
  return outcome;
}

function runOf(known: string): { readonly run?: string } {
  return known === 'handled' ? {} : { run: known };
}

async function answer(ports: Ports, event: RequestEvent): Promise<Outcome> {
  try {
    switch (event.type) {
      case 'train': {
        const request = parse(TrainRequest, event);
        return await carryOutRequest(ports, event, request.id, await trainCommand(ports, request));
      }
      case 'promote': {
        const request = parse(PromoteRequest, event);
        return await carryOutRequest(ports, event, request.id, promoteCommand(request));
      }
      case 'reconcile':
        return await reconcileByWord(ports, event);
    }
  } catch (error) {
    if (error instanceof PortError && (error.code === 'unavailable' || error.code === 'rate_limited')) throw error;
    if (error instanceof FlowError || error instanceof PortError)
      return { code: 'refused', message: error.message, reason: 'not_carried_out' };
    throw error;
  }
}

function parse<S extends z.ZodType>(schema: S, event: RequestEvent): z.infer<S> {
  const parsed = schema.safeParse(event.payload);
  if (!parsed.success)
    throw new FlowError('not_possible', `the request can't be read: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

async function trainCommand(ports: Ports, request: z.infer<typeof TrainRequest>): Promise<Command> {
  const { defaultBranch } = await ports.source.repository();
  // Only the default branch: a run from it is under its own policy, so that its version can be promoted.
  if (request.ref !== defaultBranch)
    throw new FlowError(
      'not_possible',
      `only the default branch ${defaultBranch} can be trained this way, not ${request.ref}; open a pull request for other code`,
    );
  const set = keysOf(request.set).map((param) => ({ param, text: String(request.set[param]) }));
  // Whoever asks at a terminal wants a run, and gets the earlier one only by its very request.
  return {
    name: 'train',
    models: [request.model],
    set,
    gpu: null,
    engine: null,
    resume: null,
    repro: null,
    force: true,
    sha: null,
  };
}

function promoteCommand(request: z.infer<typeof PromoteRequest>): Command {
  const wanted = parseModelVersion(request.version);
  if (wanted === null) throw new FlowError('not_possible', `expected MODEL@vX.Y.Z, got ${request.version}`);
  return { name: 'promote', model: wanted.model, version: wanted.version, stage: request.stage };
}

/** A request is decided by the same rules as a comment, about the default branch and no pull request. */
async function carryOutRequest(ports: Ports, event: RequestEvent, id: string, command: Command): Promise<Outcome> {
  const line: ParsedLine = { kind: 'command', line: 1, text: renderCommand(command), command };
  const source = factSource(ports, subjectOf(ports, event, id));
  const end = await decideLine(ports, source, line, { suffix: '', asksOnce: true });
  if (end.kind === 'left') return { code: 'ignored', message: end.decided.message, reason: end.decided.reason };
  await recordDecided(ports, source, 'request', [end.line]);
  const { answer: done } = end.line;
  const { code, message, reason } = done;
  if (command.name !== 'train' || done.tone === 'refused') return { code, message, reason };
  const [model] = command.models;
  const run = model === undefined ? null : await ports.steps.run('run', () => source.subject.runId({ line: 1, model }));
  return { code, message, reason, ...(run === null ? {} : { run }) };
}

function subjectOf(ports: Ports, event: RequestEvent, id: string): Subject {
  const operation = `request ${id}`;
  const { sender, senderType = 'User', senderId, at } = event;
  return {
    comment: {
      kind: 'request',
      id: idOf(operation),
      author: sender.slice(0, 100),
      authorType: senderType,
      ...(senderId == null ? {} : { authorId: senderId }),
      createdAt: at,
      edited: false,
    },
    pullRequest: null,
    operation: () => operation,
    async runId() {
      const { name } = await ports.source.repository();
      const derived = deriveRunId(name, at, operation);
      // Sent again, it comes in at another time: what follows the time in an id tells the request.
      const earlier = (await ports.ledger.runs()).find(({ run }) => run.slice(10) === derived.slice(10));
      return earlier?.run ?? derived;
    },
  };
}

async function reconcileByWord(ports: Ports, event: RequestEvent): Promise<Outcome> {
  const request = parse(ReconcileRequest, event);
  const allowed = await ports.steps.run('authorise', () => authorised(ports, 'reconcile', event));
  if (!allowed.allowed) return { code: 'refused', message: allowed.reason, reason: 'not_permitted' };
  const { word, model = null } = request;
  return reconcile(ports, word === undefined ? null : { by: event.sender, word, model }, { thorough: true });
}
