import type { PromoteCommand } from '../../commands/command.ts';
import type { RunId, Version } from '../../names.ts';
import { valueAt } from '../../records.ts';
import { allow, type Context, fact, listed, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import { notHeld, signerNamed, trustedLedger } from '../ledger.ts';
import { baseModel, stageOf } from '../names.ts';
import { permitted, stageScope } from '../permission.ts';
import { required } from '../requirements.ts';
import { historyOf, type ModelRecord, movable, newestVersion } from '../stage.ts';
import type { Deciding } from '../steps.ts';

/** About the default branch's models: it works on closed and merged pull requests and on forks, and binds to no commit. */
export function* decidePromote(context: Context<PromoteCommand>): Deciding<AllowedDecision> {
  const { model, stage } = context.command;
  const grantedBy = yield* permitted(context, yield* stageScope(context, model, stage));
  const config = yield* baseModel(context, model);
  yield* stageOf(context, model, config, stage);
  yield* signerNamed(context);
  const ledger = yield* trustedLedger(context);
  if (context.facts.comment.kind !== 'request') yield* notHeld(context, ledger);
  const record = yield* movable(context, ledger, model, stage, 'forward');
  yield* required(context, 'promote', [config]);
  const { version, candidate } = yield* versionMeant(context, record);
  if (historyOf(record, stage).at(-1) === version)
    yield* refuse(context, {
      reason: 'already_in_stage',
      message: `${stage} of ${model} holds v${version} already`,
      expected: `another version than v${version}`,
      found: `v${version} in ${stage}`,
      example: '/status',
    });
  const made = candidate === null ? [] : [`Run ${candidate} of ${model} becomes v${version}.`];
  return allow(context, {
    action: { kind: 'promote', model, stage, version, candidate },
    grantedBy,
    sha: null,
    effects: [...made, `${stage} of ${model} moves to v${version}.`],
  });
}

/** A version that is there; or the next one, if a verified run of the default branch's state waits to become it. */
function* versionMeant(
  context: Context<PromoteCommand>,
  record: ModelRecord,
): Deciding<{ readonly version: Version; readonly candidate: RunId | null }> {
  const { model, stage, version } = context.command;
  const newest = newestVersion(record.versions);
  const known = version === null ? newest : record.versions.find((one) => one === version);
  if (known !== null && known !== undefined) return { version: known, candidate: null };
  const candidates = yield* fact(context, 'candidates', { models: [model] });
  const candidate = valueAt(candidates, model);
  if (candidate !== undefined && (version === null || candidate.version === version))
    return { version: candidate.version, candidate: candidate.run };
  const next = candidate === undefined ? [] : [`v${candidate.version} would be the next`];
  if (version !== null && (newest !== null || candidate !== undefined))
    return yield* refuse(context, {
      reason: 'unknown_version',
      message: `expected a version of ${model} (${listed([...known20(record), ...next])}), got v${version}`,
      expected: `one of ${listed(known20(record)) || next.join('')}`,
      found: `v${version}`,
      example: newest === null ? `/promote ${model} to ${stage}` : `/promote ${model}@v${newest} to ${stage}`,
    });
  return yield* refuse(context, {
    reason: 'no_candidate',
    message: `${model} has no version, and no verified run matches ${context.facts.defaultBranch}. Train it there: trainyard train ${model} --ref ${context.facts.defaultBranch}`,
    expected: 'a version, or a verified run of the default branch’s state',
    found: 'neither',
    example: null,
  });
}

const known20 = ({ versions }: ModelRecord): string[] => versions.slice(-20).map((version) => `v${version}`);
