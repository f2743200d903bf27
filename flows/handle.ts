import { handleCheckAction } from './check-action.ts';
import { handleComment, noteChangedComment } from './comment.ts';
import type { FlowEvent } from './events.ts';
import { handlePush } from './merge.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { handlePullRequest } from './pull-request.ts';
import { reconcile } from './reconcile.ts';
import { handleRequest } from './request.ts';
import { handleRequirementsChanged } from './requirements-changed.ts';
import { handleRunnerJob } from './runner-job.ts';
import { showProgress } from './show.ts';
import { handleTag } from './tag.ts';
import { handleWorkflowCompleted } from './workflow-completed.ts';

/** One event, one outcome. The same with an App, in an action and from a terminal: only the ports differ. */
export async function handleEvent(event: FlowEvent, ports: Ports): Promise<Outcome> {
  switch (event.kind) {
    case 'pull_request':
      return handlePullRequest(ports, event);
    case 'comment':
      return handleComment(ports, event);
    case 'comment_changed':
      return noteChangedComment(ports, event);
    case 'requirements_changed':
      return handleRequirementsChanged(ports, event.number);
    case 'workflow_completed':
      return handleWorkflowCompleted(ports, event.workflowRun);
    case 'push':
      return handlePush(ports, event);
    case 'tag':
      return handleTag(ports, event);
    case 'check_action':
      return handleCheckAction(ports, event);
    case 'request':
      return handleRequest(ports, event);
    case 'progress': {
      const { run } = event;
      await ports.steps.run('show', () => showProgress(ports, run));
      return { code: 'run_progressed', message: `run ${run} is shown` };
    }
    case 'runner_job':
      return handleRunnerJob(ports, event.run);
    case 'timer':
      return reconcile(ports, null);
  }
}
