import type { Route } from '../http/router.ts';

/** The REST endpoints of the Actions service. */
export const actionsRoutes: readonly Route[] = [];
