import { checkRun } from './check-run.ts';
import type { Converter } from './delivery.ts';
import { issueComment } from './issue-comment.ts';
import { pullRequest } from './pull-request.ts';
import { pullRequestReview } from './pull-request-review.ts';
import { push } from './push.ts';
import { create, remove } from './reference.ts';
import { repositoryDispatch } from './repository-dispatch.ts';
import { workflowJob } from './workflow-job.ts';
import { workflowRun } from './workflow-run.ts';

/** By `X-GitHub-Event`. What is not here asks for nothing. */
export const CONVERTERS: ReadonlyMap<string, Converter> = new Map([
  ['pull_request', pullRequest],
  ['pull_request_review', pullRequestReview],
  ['issue_comment', issueComment],
  ['workflow_run', workflowRun],
  ['workflow_job', workflowJob],
  ['push', push],
  ['create', create],
  ['delete', remove],
  ['check_run', checkRun],
  ['repository_dispatch', repositoryDispatch],
]);
