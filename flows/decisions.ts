import type { ParsedLine } from '../core/commands/parse.ts';
import type { Action } from '../core/decision/action.ts';
import type { AuditLine } from '../core/ledger/audit.ts';
import { GitId, type ModelName } from '../core/names.ts';
import { type Decisions, recordDecisions } from './audit.ts';
import type { CommandAnswer } from './command.ts';
import { FlowError } from './error.ts';
import type { Decided, FactSource } from './facts.ts';
import type { Ports } from './ports.ts';
import { policyDigestOf } from './run-draft.ts';
import { modelIn, type PolicySnapshot } from './snapshot.ts';

/** One line that was allowed or refused, and how that ended. */
export interface DecidedLine {
  readonly line: ParsedLine;
  readonly decided: Exclude<Decided, { verdict: 'ignored' }>;
  /** The pull request's head where it was looked at. */
  readonly head: GitId | null;
  readonly answer: CommandAnswer;
}

/** Enters in the audit chain what was decided about one comment, button or request, in a step of its own. */
export async function recordDecided(
  ports: Ports,
  source: FactSource,
  via: Decisions['via'],
  lines: readonly DecidedLine[],
): Promise<void> {
  // In a job without a key nothing is signed that needs none: who is refused never gets near the job that holds it.
  if (ports.withoutApp === true && !lines.some(signs)) return;
  const { comment, operation } = source.subject;
  await ports.steps.run('audit', async () => {
    const policy = await source.policy();
    try {
      return await recordDecisions(ports, policy, {
        by: comment.author,
        via,
        operation: via === 'comment' ? `comment ${comment.id}` : operation(1),
        lines: lines.map((line) => auditLine(policy, source.subject.pullRequest, line)),
      });
    } catch (error) {
      // Where policy does not name our key, every command was refused for it, and nothing of ours would be believed.
      if (error instanceof FlowError && error.code === 'not_possible') return 'nothing';
      throw error;
    }
  });
}

function signs({ decided }: DecidedLine): boolean {
  return decided.verdict === 'allowed' && decided.command !== 'status' && decided.command !== 'help';
}

function auditLine(
  policy: PolicySnapshot,
  pullRequest: number | null,
  { line, decided, head, answer }: DecidedLine,
): AuditLine {
  const bound = decided.verdict === 'allowed' ? GitId.safeParse(decided.sha) : null;
  const models = decided.verdict === 'allowed' ? modelsIn(decided.action) : [];
  const [model, ...others] = models;
  const known = model !== undefined && others.length === 0 && modelIn(policy.config, model) !== null;
  return {
    line: line.line,
    command: line.text,
    models: [...models],
    pullRequest,
    sha: bound?.success === true ? bound.data : head,
    policyDigest: known ? policyDigestOf(policy, model) : null,
    verdict: decided.verdict,
    reason: answer.reason,
    message: answer.message,
  };
}

function modelsIn(action: Action): readonly ModelName[] {
  switch (action.kind) {
    case 'train':
      return action.trainings.map(({ model }) => model.name);
    case 'evaluate':
    case 'retry':
      return action.runs.map(({ model }) => model);
    case 'promote':
    case 'rollback':
    case 'override':
      return [action.model];
    case 'lock':
    case 'unlock':
      return action.target.kind === 'model' ? [action.target.name] : [];
    case 'validate':
    case 'cancel':
    case 'status':
    case 'help':
    case 'hold':
    case 'unhold':
    case 'ok-to-train':
      return [];
  }
}
