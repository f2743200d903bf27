import { actionsRoutes } from '../actions/routes.ts';
import type { Route } from './router.ts';

/** Every REST operation under `/api/v3`. */
export const apiRoutes: readonly Route[] = [...actionsRoutes];

/** Every operation under `/api/uploads`. */
export const uploadRoutes: readonly Route[] = [];
