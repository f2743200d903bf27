import type { PushedRef } from '../../local/git/smart-http.ts';
import type { Exchange } from '../../local/http/api.ts';

/** An effect on GitHub. The App dies when it has happened and perhaps before it has heard of it: in the midst of a step. */
export type Effect =
  | { readonly effect: string; readonly method: 'POST' | 'PATCH'; readonly path: RegExp }
  /** A ref was pushed: made, or moved. */
  | { readonly effect: string; readonly ref: RegExp; readonly made: boolean };

/** Effects after which a second run, comment, check, version or deployment would come of a flow that is begun anew. */
export const EFFECTS: readonly Effect[] = [
  { effect: 'the check is made', method: 'POST', path: /\/check-runs$/ },
  { effect: 'the comment is made', method: 'POST', path: /\/issues\/\d+\/comments$/ },
  { effect: 'the command has a reaction', method: 'POST', path: /\/comments\/\d+\/reactions$/ },
  { effect: 'the run is in the ledger', ref: /^refs\/trainyard\/runs\//, made: true },
  { effect: 'training is dispatched', method: 'POST', path: /\/workflows\/trainyard-train\.yml\/dispatches$/ },
  { effect: 'the run is in training', ref: /^refs\/trainyard\/runs\//, made: false },
  { effect: 'the decision is in the audit', ref: /^refs\/trainyard\/audit$/, made: true },
  { effect: 'the comment is edited', method: 'PATCH', path: /\/issues\/comments\/\d+$/ },
  { effect: 'judgement is dispatched', method: 'POST', path: /\/workflows\/trainyard-judge\.yml\/dispatches$/ },
  { effect: 'the chart is pushed', ref: /^refs\/trainyard\/reports\//, made: true },
  { effect: 'the run has ended', ref: /^refs\/trainyard\/ledger$/, made: true },
  { effect: 'the version is in the ledger', ref: /^refs\/trainyard\/ledger$/, made: false },
  { effect: 'the version is tagged', ref: /^refs\/tags\/greeter@v/, made: true },
  { effect: 'the release is made', method: 'POST', path: /\/releases$/ },
  { effect: 'the package is uploaded', method: 'POST', path: /\/releases\/\d+\/assets$/ },
  { effect: 'the stage is tagged', ref: /^refs\/tags\/greeter#/, made: true },
  { effect: 'the deployment is made', method: 'POST', path: /\/deployments$/ },
  { effect: 'the deployment has a status', method: 'POST', path: /\/deployments\/\d+\/statuses$/ },
];

/** Where an App is to die: each of these once. */
export interface KillPlan {
  /** Of its steps: see `boundary`. */
  readonly boundaries: readonly string[];
  readonly effects: readonly Effect[];
  /** Milliseconds after a start, one for each start from then on. */
  readonly delays: readonly number[];
}

export const UNHARMED: KillPlan = { boundaries: [], effects: [], delays: [] };

/** Whether a request was this effect. By then GitHub's answer is on its way. */
export function isRequested(effect: Effect, { method, path, status }: Exchange): boolean {
  if (!('method' in effect) || status >= 300 || method !== effect.method) return false;
  return effect.path.test(decodeURIComponent(path));
}

/** Whether a push was this effect. */
export function isPushed(effect: Effect, { ref, before }: PushedRef): boolean {
  return 'ref' in effect && effect.ref.test(ref) && effect.made === /^0+$/.test(before);
}
