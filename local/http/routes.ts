import { accountRoutes } from '../accounts/account-routes.ts';
import { actionsRoutes } from '../actions/routes.ts';
import { appRoutes } from '../apps/app-routes.ts';
import { deliveryRoutes } from '../apps/delivery-routes.ts';
import { checkRoutes } from '../checks/check-routes.ts';
import { deploymentRoutes } from '../deployments/deployment-routes.ts';
import { objectRoutes } from '../git/object-routes.ts';
import { refRoutes } from '../git/ref-routes.ts';
import { treeRoutes } from '../git/tree-routes.ts';
import { commentRoutes } from '../issues/comment-routes.ts';
import { issueRoutes } from '../issues/issue-routes.ts';
import { reactionRoutes } from '../issues/reaction-routes.ts';
import { pullRoutes } from '../pulls/pull-routes.ts';
import { assetRoutes, assetUploadRoutes } from '../releases/asset-routes.ts';
import { releaseRoutes } from '../releases/release-routes.ts';
import { branchRoutes } from '../repositories/branch-routes.ts';
import { commitRoutes } from '../repositories/commit-routes.ts';
import { contentRoutes } from '../repositories/content-routes.ts';
import { repositoryRoutes } from '../repositories/repository-routes.ts';
import { reviewRoutes } from '../reviews/review-routes.ts';
import { statusRoutes } from '../statuses/status-routes.ts';
import { metaRoutes } from './meta-routes.ts';
import type { Route } from './router.ts';

/** Every REST operation under `/api/v3`. */
export const apiRoutes: readonly Route[] = [
  ...metaRoutes,
  ...accountRoutes,
  ...appRoutes,
  ...deliveryRoutes,
  ...repositoryRoutes,
  ...branchRoutes,
  ...commitRoutes,
  ...contentRoutes,
  ...refRoutes,
  ...objectRoutes,
  ...treeRoutes,
  ...pullRoutes,
  ...reviewRoutes,
  ...issueRoutes,
  ...commentRoutes,
  ...reactionRoutes,
  ...checkRoutes,
  ...statusRoutes,
  ...deploymentRoutes,
  ...releaseRoutes,
  ...assetRoutes,
  ...actionsRoutes,
];

/** Every operation under `/api/uploads`. */
export const uploadRoutes: readonly Route[] = assetUploadRoutes;
