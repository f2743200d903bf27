import { z } from 'zod';
import { GitId, RepositoryName } from '../../core/names.ts';
import { ActionError } from './error.ts';

/** Where a job runs, from the variables that the runner sets. */
const Place = z.object({
  repository: RepositoryName,
  /** The commit that the workflow was started on: the default branch's, by way of the execution branch. */
  sha: GitId,
  runId: z.coerce.number().int().positive(),
  attempt: z.coerce.number().int().positive(),
  apiUrl: z.url().optional(),
});
export type WorkflowPlace = z.infer<typeof Place>;

export function workflowPlace(environment: Readonly<Record<string, string | undefined>>): WorkflowPlace {
  const parsed = Place.safeParse({
    repository: environment['GITHUB_REPOSITORY'],
    sha: environment['GITHUB_SHA'],
    runId: environment['GITHUB_RUN_ID'],
    attempt: environment['GITHUB_RUN_ATTEMPT'] ?? '1',
    apiUrl: environment['GITHUB_API_URL'],
  });
  if (parsed.success) return parsed.data;
  throw new ActionError('input_invalid', `expected the variables of a workflow job: ${z.prettifyError(parsed.error)}`);
}
