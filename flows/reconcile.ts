import { modelState } from '../core/ledger/fold.ts';
import type { ModelName } from '../core/names.ts';
import { keysOf } from '../core/records.ts';
import { auditModel, freezeModel, freezeRewound, reportFreeze, reportTrust, tagsBeingMade } from './freeze.ts';
import { appendEntry, instant, ledgerProblem, loadLedger } from './ledger.ts';
import { sweepPushes } from './merge.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { pullsWithControls, releaseWhenClosed } from './release-of.ts';
import { settleRunners } from './runner-job.ts';
import { takePolicySnapshot } from './snapshot.ts';
import { sweepComments } from './sweep-comments.ts';
import { sweepPulls } from './sweep-pulls.ts';
import { tidyStores } from './tidy-stores.ts';
import { trackRuns } from './track-runs.ts';
import { settleRuns } from './unsettled-runs.ts';

/** What a person says who has looked into a freeze. */
export interface Word {
  readonly by: string;
  readonly word: string;
  /** The one model that it is about; null for all. */
  readonly model: ModelName | null;
}

/**
 * Compares what GitHub holds with what should be, and repairs it both ways: runs whose workflow has ended without our
 * hearing of it, runners and machines without a job and jobs without a runner, ended runs that are not in the ledger, pushes and comments that nobody told of, holds and locks of
 * closed pull requests, models whose records disagree, and what open pull requests show. A second time it finds nothing
 * to do. A freeze is lifted by a person's word only.
 *
 * @param thorough what pull requests show is read back from GitHub now, and not only once an hour
 */
export async function reconcile(
  ports: Ports,
  person: Word | null,
  { thorough = false }: { readonly thorough?: boolean } = {},
): Promise<Outcome> {
  const untrusted = await ports.steps.run('trust', () => untrustedLedger(ports));
  const changes: string[] = [];
  if (untrusted === null) changes.push(...(await settleRuns(ports)), ...(await trackRuns(ports)));
  // A job of the team's own workflows hears of each event once, remembers none, and shows nothing that it did not do.
  const sweeps = ports.withoutApp !== true;
  if (sweeps) {
    for (const { push, outcome } of await sweepPushes(ports))
      changes.push(`push ${push.after.slice(0, 12)}: nobody had told of it; ${outcome.message}`);
    changes.push(...(await sweepComments(ports)));
  }
  const audited: Audited =
    untrusted === null ? await audit(ports, person, changes) : { code: 'frozen', message: untrusted };
  if (sweeps) changes.push(...(await sweepPulls(ports, thorough)));
  // Last: a provider or a store that does not answer keeps nothing else waiting.
  if (untrusted === null) changes.push(...(await settleRunners(ports)), ...(await tidyStores(ports)));
  return { ...audited, changes };
}

type Audited = Pick<Outcome, 'code' | 'message'>;

/** Holds and locks that ended with their pull request, and each model's records. @param changes what was done is added */
async function audit(ports: Ports, person: Word | null, changes: string[]): Promise<Audited> {
  changes.push(...(await releaseClosed(ports)));
  const models = await ports.steps.run('models', async () => {
    const policy = await takePolicySnapshot(ports);
    if (policy.keys.length === 0) return [];
    const ledger = await loadLedger(ports, policy);
    return [...new Set([...keysOf(policy.config?.models ?? {}), ...ledger.state.models.keys()])];
  });
  const only = person?.model ?? null;
  if (only !== null && !models.includes(only))
    return { code: 'refused', message: `there is no model ${only}; the models are ${models.join(', ') || 'none'}` };
  const frozen: string[] = [];
  const lifted: string[] = [];
  for (const model of models) {
    const meant = only === null || only === model;
    const { result, changed } = await ports.steps.run(`audit ${model}`, () =>
      settle(ports, model, meant ? person : null),
    );
    if (changed)
      changes.push(result === 'lifted' ? `${model}: its freeze was lifted` : `${model} was frozen: ${result}`);
    if (!meant) continue;
    if (result === 'lifted') lifted.push(model);
    else if (result !== 'agrees') frozen.push(`${model}: ${result}`);
  }
  if (frozen.length > 0) return { code: 'frozen', message: `still frozen: ${frozen.join('; ')}` };
  if (lifted.length > 0) return { code: 'lifted', message: `the freeze of ${lifted.join(', ')} is lifted` };
  return { code: 'reconciled', message: 'GitHub was compared with what should be; all records agree' };
}

async function releaseClosed(ports: Ports): Promise<readonly string[]> {
  const closed = await ports.steps.run('holds and locks', async () => {
    const policy = await takePolicySnapshot(ports);
    if (policy.keys.length === 0) return [];
    return [...pullsWithControls((await loadLedger(ports, policy)).state, instant(ports))];
  });
  const done: string[] = [];
  for (const number of closed) {
    const released = await ports.steps.run(`release ${number}`, () => releaseWhenClosed(ports, number));
    if (released > 0) done.push(`#${number}: ${released} holds or locks had outlived it`);
  }
  return done;
}

/** Why nothing that the ledger says counts, reported in an issue for as long as it is so; null when it can be trusted. */
async function untrustedLedger(ports: Ports): Promise<string | null> {
  const policy = await takePolicySnapshot(ports);
  if (policy.keys.length === 0) return null;
  // What is left of a ledger that was set back is trusted again once every model is frozen, which a person lifts.
  await freezeRewound(ports, policy);
  const problem = await ledgerProblem(ports, policy);
  await reportTrust(ports, problem);
  return problem;
}

interface Settled {
  /** `agrees`, `lifted`, or why it is frozen. */
  readonly result: string;
  readonly changed: boolean;
}

async function settle(ports: Ports, model: ModelName, person: Word | null): Promise<Settled> {
  const policy = await takePolicySnapshot(ports);
  const ledger = await loadLedger(ports, policy);
  const { frozen } = modelState(ledger.state, model);
  const pending = frozen === null ? tagsBeingMade(ledger, model, ports.clock.now()) : undefined;
  const findings = await auditModel(ports, ledger, model, pending);
  if (findings.length > 0)
    return { result: await freezeModel(ports, policy, model, findings), changed: frozen === null };
  if (frozen === null) return { result: 'agrees', changed: false };
  if (person === null) return { result: frozen.found, changed: false };
  const repository = (await ports.source.repository()).name;
  await appendEntry(ports, policy, ({ state }) =>
    modelState(state, model).frozen === null
      ? null
      : {
          kind: 'lift',
          repository,
          at: instant(ports),
          by: person.by,
          policyCommit: policy.commit,
          model,
          word: person.word,
        },
  );
  await reportFreeze(ports, model, [frozen.found, `lifted by ${person.by}: ${person.word}`], false);
  return { result: 'lifted', changed: true };
}
