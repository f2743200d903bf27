import type { Route } from '../http/router.ts';
import { artifactRoutes } from './artifact-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { runRoutes } from './run-routes.ts';
import { runnerRoutes } from './runners/runner-routes.ts';
import { workflowRoutes } from './workflow-routes.ts';

/** The REST endpoints of the Actions service. */
export const actionsRoutes: readonly Route[] = [
  ...workflowRoutes,
  ...runRoutes,
  ...jobRoutes,
  ...artifactRoutes,
  ...runnerRoutes,
];
