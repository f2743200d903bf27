import { accountRoutes } from './pages/account.ts';
import { actionsRoutes } from './pages/actions.ts';
import { checkRoutes } from './pages/checks.ts';
import { codeRoutes } from './pages/code.ts';
import { issueRoutes } from './pages/issues.ts';
import { pullRoutes } from './pages/pulls.ts';
import { releaseRoutes } from './pages/releases.ts';
import { repositoryRoutes } from './pages/repositories.ts';
import type { PageRoute } from './visit.ts';

/** Every page and form, in the order in which they are tried. */
export const pageRoutes: readonly PageRoute[] = [
  ...accountRoutes,
  ...pullRoutes,
  ...issueRoutes,
  ...checkRoutes,
  ...actionsRoutes,
  ...releaseRoutes,
  ...codeRoutes,
  ...repositoryRoutes,
];
