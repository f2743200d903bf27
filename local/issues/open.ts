import type { LocalGitHub } from '../github.ts';
import { ApiError } from '../http/errors.ts';
import type { Repository } from '../repositories/repository.ts';
import type { Issue } from './issue.ts';

/** GitHub takes no longer title, body or comment. */
const MAX_TITLE = 256;
export const MAX_BODY = 65_536;

/** @throws ApiError 422 if `body` is too long for GitHub. */
export function requireBody(resource: string, body: string | null | undefined): void {
  if (body !== null && body !== undefined && [...body].length > MAX_BODY) {
    const message = `body is too long (maximum is ${MAX_BODY} characters)`;
    throw new ApiError(422, 'Validation Failed', [{ resource, code: 'custom', field: 'body', message }]);
  }
}

/** @throws ApiError 422 if `title` is empty or too long. */
export function requireTitle(resource: string, title: string): void {
  if (title.trim() === '')
    throw new ApiError(422, 'Validation Failed', [{ resource, field: 'title', code: 'missing_field' }]);
  if ([...title].length > MAX_TITLE) {
    const message = `title is too long (maximum is ${MAX_TITLE} characters)`;
    throw new ApiError(422, 'Validation Failed', [{ resource, field: 'title', code: 'custom', message }]);
  }
}

/**
 * Makes sure that the repository has these labels.
 * @returns their names as the repository writes them (labels differ by more than case), each once.
 */
export function ensureLabels(github: LocalGitHub, repository: Repository, names: readonly string[]): string[] {
  const { labels } = github.tables;
  const written = names.map((name) => {
    const key = { repositoryId: repository.id, name };
    return (labels.find(key) ?? labels.insert(key)).name;
  });
  return [...new Set(written)];
}

/** Adds an issue (or a pull request's issue half) under the repository's next number. */
export function insertIssue(
  github: LocalGitHub,
  repository: Repository,
  fields: { title: string; body: string | null; labels: string[]; isPull: boolean; authorId: number },
): Issue {
  requireTitle(fields.isPull ? 'PullRequest' : 'Issue', fields.title);
  requireBody(fields.isPull ? 'PullRequest' : 'Issue', fields.body);
  const labels = ensureLabels(github, repository, fields.labels);
  const now = github.timestamp();
  return github.tables.issues.insert({
    ...fields,
    labels,
    repositoryId: repository.id,
    number: github.tables.issues.count({ repositoryId: repository.id }) + 1,
    state: 'open',
    stateReason: null,
    locked: false,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedById: null,
  });
}
