import { promoteLater } from '../core/promotion/stage-block.ts';
import { FlowError } from './error.ts';
import { launchRun } from './launch.ts';
import type { PushEvent } from './merge.ts';
import type { MergeDecision, ModelDecision, Nothing } from './merge-decision.ts';
import type { Outcome, OutcomeCode } from './outcome.ts';
import { PortError, type Ports } from './ports.ts';
import { promote } from './promote.ts';
import { showPromotion } from './show-outcome.ts';

/** Carries out what was decided for one model, and says on the merged commit and its pull request what became of it. */
export async function actOnMerge(
  ports: Ports,
  event: Pick<PushEvent, 'branch' | 'after' | 'sender'>,
  decision: MergeDecision,
  model: ModelDecision,
): Promise<Outcome> {
  switch (model.kind) {
    case 'train': {
      const launched = await launchRun(ports, model.draft);
      return launched.kind === 'launched'
        ? { code: 'run_accepted', message: `${model.model} is trained from the default branch by run ${launched.run}` }
        : { code: 'run_failed', message: `${model.model}: ${launched.message}` };
    }
    case 'nothing': {
      const { title, words, code, later } = NOTHING[model.why];
      const because = model.reasons.length > 0 ? `: ${model.reasons.join('; ')}` : '';
      const message = `${model.model}: ${words}${because}${later === '' ? '' : `; ${later.replaceAll('MODEL', model.model).replaceAll('BRANCH', event.branch)}`}`;
      await ports.steps.run(`nothing ${model.model}`, () =>
        showPromotion(ports, { commit: event.after, model: model.model, ok: false, title, message }),
      );
      return { code, message };
    }
    case 'promote': {
      const { outcome, title } = await promoteMerged(ports, event, decision, model);
      const ok = outcome.code === 'promoted';
      await ports.steps.run(`promoted ${model.model}`, () =>
        showPromotion(ports, { commit: event.after, model: model.model, ok, title, message: outcome.message }),
      );
      return outcome;
    }
  }
}

async function promoteMerged(
  ports: Ports,
  event: Pick<PushEvent, 'branch' | 'after' | 'sender'>,
  { policyCommit }: MergeDecision,
  { model, run, stage }: Extract<ModelDecision, { kind: 'promote' }>,
): Promise<{ outcome: Outcome; title: string }> {
  try {
    const operation = `merge ${event.after}`;
    const asked = { model, run, stage, commit: event.after, by: event.sender, reason: 'merge', operation } as const;
    const promoted = await promote(ports, { ...asked, policyCommit });
    if (promoted.kind === 'frozen') {
      const message = `${model} is frozen: ${promoted.message}`;
      return { outcome: { code: 'frozen', message }, title: 'frozen: nothing was promoted' };
    }
    const { version } = promoted;
    if (promoted.kind === 'blocked') {
      const later = promoteLater(model, version, stage);
      const message = `run ${run} is ${model}@v${version}, and ${stage} stays where it is: ${promoted.message}; when that is over, ${later}`;
      return { outcome: { code: 'promoted', message }, title: `v${version} was made; ${stage} was not moved` };
    }
    const message = `run ${run} is ${model}@v${version}, and ${promoted.stage} points at it`;
    return { outcome: { code: 'promoted', message }, title: `v${version} is in ${promoted.stage}` };
  } catch (error) {
    // Waiting helps against some; the others would keep every later push from being handled.
    if (error instanceof PortError && (error.code === 'unavailable' || error.code === 'rate_limited')) throw error;
    if (!(error instanceof FlowError || error instanceof PortError)) throw error;
    const message = `run ${run} of ${model} could not be promoted: ${error.message}`;
    return { outcome: { code: 'promotion_failed', message }, title: 'the promotion failed' };
  }
}

interface NothingWords {
  readonly title: string;
  readonly words: string;
  readonly code: OutcomeCode;
  /** What can be done now; MODEL and BRANCH stand for their names. */
  readonly later: string;
}

const TRAIN_MAIN = 'to promote it all the same, type `trainyard train MODEL --ref BRANCH`, then promote its version';

const NOTHING: Readonly<Record<Nothing['why'], NothingWords>> = {
  stale: {
    title: 'stale: nothing was promoted',
    words: 'stale: the merged tree is not what the candidate was trained from',
    code: 'stale',
    later: '',
  },
  held: { title: 'held: nothing was promoted', words: 'held: the run did not pass', code: 'stale', later: '' },
  failed: { title: 'failed: nothing was promoted', words: 'the run failed', code: 'stale', later: '' },
  running: {
    title: 'running: nothing was promoted',
    words: 'merged before its run had ended',
    code: 'stale',
    later: '',
  },
  frozen: { title: 'frozen: nothing was promoted', words: 'promotion is frozen', code: 'frozen', later: '' },
  none: { title: 'no candidate: nothing was promoted', words: 'merged without a candidate', code: 'stale', later: '' },
  on_hold: {
    title: 'on hold: nothing was promoted',
    words: 'merged while on hold',
    code: 'not_promoted',
    later: TRAIN_MAIN,
  },
  requirement: {
    title: 'not approved: nothing was promoted',
    words: 'merged without what policy asks for before a merge',
    code: 'not_promoted',
    later: TRAIN_MAIN,
  },
  loosened: {
    title: 'a loosened contract: nothing was promoted',
    words: 'merged without the approval that a loosened contract needs',
    code: 'not_promoted',
    later: TRAIN_MAIN,
  },
  not_trained: {
    title: 'not trained from the default branch',
    words: 'the model is not trained under the new policy',
    code: 'not_promoted',
    later: 'when that is mended, type `trainyard train MODEL --ref BRANCH`',
  },
};
