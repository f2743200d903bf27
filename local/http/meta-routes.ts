import type { ApiRequest, ApiResponse, Route } from './router.ts';

function getRateLimit(request: ApiRequest): ApiResponse {
  const reset = Math.ceil(request.github.now().getTime() / 3_600_000) * 3600;
  const rate = { limit: 5_000, remaining: 5_000, used: 0, reset };
  return { status: 200, body: { resources: { core: rate, search: rate }, rate } };
}

const getMeta = (): ApiResponse => ({ status: 200, body: { verifiable_password_authentication: false } });

export const metaRoutes: readonly Route[] = [
  { method: 'GET', path: '/rate_limit', access: 'public', handle: getRateLimit },
  { method: 'GET', path: '/meta', access: 'public', handle: getMeta },
];
