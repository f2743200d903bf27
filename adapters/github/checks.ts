import { z } from 'zod';
import type { Check, CheckAnnotation, Checks } from '../../flows/ports.ts';
import type { Api } from './api.ts';

const CheckRun = z.object({
  id: z.int().positive(),
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

/** @param self our login: a check of the same name by another App is not ours to edit */
export function checks(api: Api, self: string): Checks {
  const find = async (check: Check): Promise<CheckRun | null> => {
    const parameters = { ref: check.sha, check_name: check.name, filter: 'all', per_page: 100 };
    const { check_runs: runs } = await api.get(
      'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
      parameters,
      CheckRuns,
    );
    const ours = runs.filter((run) => run.external_id === check.externalId && `${run.app?.slug}[bot]` === self);
    // GitHub shows the newest of a name.
    return ours.sort((a, b) => b.id - a.id)[0] ?? null;
  };
  const missingAnnotations = async (check: Check, run: CheckRun | null): Promise<readonly CheckAnnotation[]> => {
    const wanted = check.annotations ?? [];
    if (run === null || run.output.annotations_count === 0 || wanted.length === 0) return wanted;
    // An update appends: sent again, each would show twice.
    const there = await api.list(
      `GET ${RUNS}/{check_run_id}/annotations`,
      { check_run_id: run.id },
      z.array(Annotation),
    );
    const keys = new Set(there.map((known) => keyOf(known.path, known.start_line, known.message ?? '')));
    return wanted.filter(({ path, line, message }) => !keys.has(keyOf(path, line, cut(message, LIMITS.annotation))));
  };
  return {
    async put(check) {
      const run = await find(check);
      const annotations = await missingAnnotations(check, run);
      if (run !== null && annotations.length === 0 && isShown(check, run)) return;
      const batches = batchesOf(annotations);
      let id = run?.id ?? null;
      for (const batch of batches) {
        const body = { ...bodyOf(check), output: { ...outputOf(check), annotations: batch.map(annotationOf) } };
        const answer =
          id === null
            ? await api.send(`POST ${RUNS}`, { ...body, head_sha: check.sha }, Created)
            : await api.send(`PATCH ${RUNS}/{check_run_id}`, { ...body, check_run_id: id }, Created);
        id = answer.id;
      }
    },
  };
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
      label: cut(action.label, LIMITS.label),
      description: cut(action.description, LIMITS.description),
      identifier: action.identifier,
    })),
  };
}

function outputOf(check: Check): { title: string; summary: string; text?: string } {
  const text = check.text === undefined ? {} : { text: cut(check.text, LIMITS.text) };
  return { title: cut(check.title, LIMITS.title), summary: cut(check.summary, LIMITS.text), ...text };
}

function annotationOf(annotation: CheckAnnotation): Record<string, unknown> {
  return {
    path: annotation.path,
    start_line: annotation.line,
    end_line: annotation.line,
    annotation_level: annotation.level,
    title: cut(annotation.title, LIMITS.title),
    message: cut(annotation.message, LIMITS.annotation),
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

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

function keyOf(path: string, line: number, message: string): string {
  return JSON.stringify([path, line, message]);
}
