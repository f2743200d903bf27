import { z } from 'zod';
import { canonicalJson, sha256Hex } from '../../core/canonical.ts';
import type { GitId } from '../../core/names.ts';
import { cutText } from '../../core/reports/characters.ts';
import type { Changed, Check, CheckAnnotation, Checks, Turns } from '../../flows/ports.ts';
import type { Api } from './api.ts';
import type { Effect, Effects } from './effects.ts';
import { hasCode } from './errors.ts';

const CheckRun = z.object({
  id: z.int().positive(),
  name: z.string(),
  external_id: z.string().nullable(),
  status: z.string(),
  conclusion: z.string().nullable(),
  details_url: z.string().nullish(),
  app: z.object({ slug: z.string().nullish() }).nullable(),
  output: z.object({
    title: z.string().nullable(),
    summary: z.string().nullable(),
    text: z.string().nullable(),
    annotations_count: z.int().min(0),
  }),
});
type CheckRun = z.infer<typeof CheckRun>;
const CheckRuns = z.object({ check_runs: z.array(CheckRun) });
const Annotation = z.object({ path: z.string(), start_line: z.int(), message: z.string().nullable() });
const Created = z.object({ id: z.int().positive() });

/** GitHub's limits (characters): beyond them it answers 422 and the whole check is lost. */
const LIMITS = { title: 255, text: 65_535, annotation: 16_000, label: 20, description: 40, identifier: 20, actions: 3 };
const ANNOTATIONS_A_REQUEST = 50;
const RUNS = '/repos/{owner}/{repo}/check-runs';

/** What there is of a check: nothing, what GitHub showed of it, or what we remember to have written. */
type Known = { readonly kind: 'none' } | { readonly kind: 'seen'; readonly run: CheckRun } | Remembered;

interface Remembered {
  readonly kind: 'remembered';
  readonly id: number;
  readonly state: string;
}

export interface CheckOptions {
  readonly api: Api;
  /** Our login: a check of the same name by another App is not ours to edit. */
  readonly self: string;
  /** What we have made; null in a process that remembers nothing, which looks each time. */
  readonly effects: Effects | null;
  /** Among all processes that write here. */
  readonly turns: Turns;
  /** Waits so many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Where what GitHub shows counts, not what we remember: told of each check that is not as it should be. */
  readonly compared?: Changed;
}

/** Milliseconds in which a request whose answer was lost, or whose sender has died, comes to be listed. */
const ON_ITS_WAY = 1000;

export function checks({ api, self, effects, turns, wait, compared }: CheckOptions): Checks {
  const find = async (check: Check): Promise<Known> => {
    const runs = await ourRuns(api, self, check.sha, { check_name: check.name });
    const run = newest(runs.filter(({ external_id }) => external_id === check.externalId));
    return run === undefined ? { kind: 'none' } : { kind: 'seen', run };
  };
  const recall = async (check: Check): Promise<Effect | null> => (await effects?.find(markOf(check))) ?? null;
  const known = async (check: Check): Promise<Known> => {
    if (effects === null) return find(check);
    const effect = await recall(check);
    if (effect?.kind === 'made') return { kind: 'remembered', id: effect.id, state: effect.state };
    if (effect?.kind === 'begun') return patient(wait, () => find(check));
    const runs = await turns.take(listed(check.sha), async () => {
      if ((await effects.find(listed(check.sha)))?.kind === 'made') return [];
      return importRuns(api, self, check.sha, effects);
    });
    const run = newest(runs.filter((one) => one.name === check.name && one.external_id === check.externalId));
    return run === undefined ? { kind: 'none' } : { kind: 'seen', run };
  };
  const made = async (id: number): Promise<Known> => {
    const run = await api.find(`GET ${RUNS}/{check_run_id}`, { check_run_id: id }, CheckRun);
    return run === null ? { kind: 'none' } : { kind: 'seen', run };
  };
  const shownOrMade = async (check: Check): Promise<Known> => {
    const effect = await recall(check);
    if (effect?.kind === 'begun') return patient(wait, () => find(check));
    const there = await find(check);
    return there.kind !== 'none' || effect === null ? there : patient(wait, () => made(effect.id));
  };
  const send = async (check: Check, there: Known): Promise<void> => {
    const annotations = await missingAnnotations(api, check, there);
    if (there.kind === 'seen' && annotations.length === 0 && isShown(check, there.run)) {
      await effects?.made(markOf(check), { id: there.run.id, state: stateOf(check) });
      return;
    }
    let id = there.kind === 'none' ? null : there.kind === 'seen' ? there.run.id : there.id;
    const batches = batchesOf(annotations);
    if (id === null) await effects?.begin(markOf(check));
    // Between two batches nobody knows which annotations are there.
    else if (batches.length > 1) await effects?.made(markOf(check), { id, state: '' });
    for (const batch of batches) {
      const body = { ...bodyOf(check), output: { ...outputOf(check), annotations: batch.map(annotationOf) } };
      const answer =
        id === null
          ? await api.send(`POST ${RUNS}`, { ...body, head_sha: check.sha }, Created)
          : await api.send(`PATCH ${RUNS}/{check_run_id}`, { ...body, check_run_id: id }, Created);
      id = answer.id;
    }
    if (id !== null) await effects?.made(markOf(check), { id, state: stateOf(check) });
  };
  // Two that find no check at the same moment would each make one.
  const inTurn = (check: Check, action: () => Promise<void>): Promise<void> => turns.take(markOf(check), action);
  if (compared !== undefined) {
    const comparing = comparedChecks(api, self, effects, { find: shownOrMade, send, changed: compared });
    return { put: (check) => inTurn(check, () => comparing.put(check)) };
  }
  return {
    async put(check) {
      const effect = await recall(check);
      if (effect?.kind === 'made' && effect.state === stateOf(check)) return;
      await inTurn(check, async () => {
        const there = await known(check);
        if (there.kind === 'remembered' && there.state === stateOf(check)) return;
        try {
          await send(check, there);
        } catch (error) {
          // What we remember may be gone with the commit it stood at.
          if (there.kind !== 'remembered' || !hasCode(error, 'not_found')) throw error;
          await send(check, await patient(wait, () => find(check)));
        }
      });
    },
  };
}

/** What was begun or made may be on its way, or not be listed yet: it is not made again before it had the time to come. */
async function patient(wait: CheckOptions['wait'], look: () => Promise<Known>): Promise<Known> {
  const there = await look();
  if (there.kind !== 'none') return there;
  await wait(ON_ITS_WAY);
  return look();
}

interface Comparison {
  readonly find: (check: Check) => Promise<Known>;
  readonly send: (check: Check, there: Known) => Promise<void>;
  readonly changed: Changed;
}

/** One look at each commit, by which its checks are held against what they should show. */
function comparedChecks(api: Api, self: string, effects: Effects | null, { find, send, changed }: Comparison): Checks {
  const shown = new Map<GitId, readonly CheckRun[]>();
  return {
    async put(check) {
      const all = shown.get(check.sha) ?? (await ourRuns(api, self, check.sha, {}));
      shown.set(check.sha, all);
      const before = newest(all.filter((one) => one.name === check.name && one.external_id === check.externalId));
      // A step that is tried again looked before others had their turn, who may have made what was not there.
      const there: Known = before === undefined ? await find(check) : { kind: 'seen', run: before };
      const run = there.kind === 'seen' ? there.run : undefined;
      const known = effects === null ? null : await effects.find(markOf(check));
      // Buttons are not shown to us: whether they are as they should be, only what we remember can tell.
      const asSent = known?.kind !== 'made' || known.state === '' || known.state === stateOf(check);
      if (
        run !== undefined &&
        isShown(check, run) &&
        asSent &&
        (await missingAnnotations(api, check, there)).length === 0
      ) {
        if (known?.kind !== 'made' || known.state === '')
          await effects?.made(markOf(check), { id: run.id, state: stateOf(check) });
        return;
      }
      const at = check.sha.slice(0, 12);
      changed(run === undefined ? `${at}: ${check.name} was not there` : `${at}: ${check.name} said something else`);
      await send(
        check,
        run !== undefined && isShown(check, run) ? { kind: 'remembered', id: run.id, state: '' } : there,
      );
    },
  };
}

const markOf = ({ sha, name, externalId }: Check): string => `check ${sha} ${name} ${externalId}`;
/** The mark of having looked at a commit: from then on, each check of ours at it is remembered. */
const listed = (sha: GitId): string => `checks ${sha}`;

async function ourRuns(api: Api, self: string, sha: GitId, filter: Record<string, string>): Promise<CheckRun[]> {
  const ours: CheckRun[] = [];
  for (let page = 1; ; page += 1) {
    const parameters = { ref: sha, filter: 'all', per_page: 100, ...filter, ...(page === 1 ? {} : { page }) };
    const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
    const { check_runs: runs } = await api.get(route, parameters, CheckRuns);
    ours.push(...runs.filter((run) => `${run.app?.slug}[bot]` === self));
    if (runs.length < 100) return ours;
  }
}

/** GitHub shows the newest of a name. */
function newest(runs: readonly CheckRun[]): CheckRun | undefined {
  return runs.toSorted((a, b) => b.id - a.id)[0];
}

/** Checks that stand at the commit already, by us before our memory began: one look for all of them. */
async function importRuns(api: Api, self: string, sha: GitId, effects: Effects): Promise<CheckRun[]> {
  const runs = await ourRuns(api, self, sha, {});
  for (const run of runs.toSorted((a, b) => a.id - b.id))
    await effects.made(`check ${sha} ${run.name} ${run.external_id ?? ''}`, { id: run.id });
  await effects.made(listed(sha), { id: 0 });
  return runs;
}

/** Digests of what a check shows and of its annotations. */
function stateOf(check: Check): string {
  const shown = canonicalJson({ body: bodyOf(check), output: outputOf(check) });
  return `${sha256Hex(shown)} ${annotationsState(check)}`;
}

function annotationsState({ annotations = [] }: Check): string {
  return annotations.length === 0 ? 'none' : sha256Hex(canonicalJson(annotations.map(annotationOf)));
}

async function missingAnnotations(api: Api, check: Check, there: Known): Promise<readonly CheckAnnotation[]> {
  const wanted = check.annotations ?? [];
  if (wanted.length === 0 || there.kind === 'none') return wanted;
  if (there.kind === 'seen' && there.run.output.annotations_count === 0) return wanted;
  const sent = there.kind === 'remembered' ? there.state.split(' ')[1] : undefined;
  if (sent === 'none') return wanted;
  if (sent === annotationsState(check)) return [];
  // An update appends: sent again, each would show twice.
  const id = there.kind === 'seen' ? there.run.id : there.id;
  const known = await api.list(`GET ${RUNS}/{check_run_id}/annotations`, { check_run_id: id }, z.array(Annotation));
  const keys = new Set(known.map((one) => keyOf(one.path, one.start_line, one.message ?? '')));
  return wanted.filter(({ path, line, message }) => !keys.has(keyOf(path, line, cutText(message, LIMITS.annotation))));
}

/** At least one batch, so that a check without annotations is sent, too. */
function batchesOf(annotations: readonly CheckAnnotation[]): readonly (readonly CheckAnnotation[])[] {
  const batches = [];
  for (let start = 0; start === 0 || start < annotations.length; start += ANNOTATIONS_A_REQUEST) {
    batches.push(annotations.slice(start, start + ANNOTATIONS_A_REQUEST));
  }
  return batches;
}

function bodyOf(check: Check): Record<string, unknown> {
  const { conclusion, detailsUrl, actions } = check;
  return {
    name: check.name,
    external_id: check.externalId,
    // A conclusion completes the check by itself; both are sent so that reader and writer agree.
    status: check.status,
    ...(check.status === 'completed' && conclusion !== undefined ? { conclusion } : {}),
    ...(detailsUrl === undefined ? {} : { details_url: detailsUrl }),
    actions: (actions ?? []).slice(0, LIMITS.actions).map((action) => ({
      label: cutText(action.label, LIMITS.label),
      description: cutText(action.description, LIMITS.description),
      identifier: action.identifier,
    })),
  };
}

function outputOf(check: Check): { title: string; summary: string; text?: string } {
  const text = check.text === undefined ? {} : { text: cutText(check.text, LIMITS.text) };
  return { title: cutText(check.title, LIMITS.title), summary: cutText(check.summary, LIMITS.text), ...text };
}

function annotationOf(annotation: CheckAnnotation): Record<string, unknown> {
  return {
    path: annotation.path,
    start_line: annotation.line,
    end_line: annotation.line,
    annotation_level: annotation.level,
    title: cutText(annotation.title, LIMITS.title),
    message: cutText(annotation.message, LIMITS.annotation),
  };
}

function isShown(check: Check, run: CheckRun): boolean {
  const output = outputOf(check);
  return (
    run.status === check.status &&
    (run.conclusion ?? undefined) === check.conclusion &&
    (run.output.title ?? '') === output.title &&
    (run.output.summary ?? '') === output.summary &&
    (run.output.text ?? '') === (output.text ?? '') &&
    (check.detailsUrl === undefined || run.details_url === check.detailsUrl)
  );
}

function keyOf(path: string, line: number, message: string): string {
  return JSON.stringify([path, line, message]);
}
