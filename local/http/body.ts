import type { z } from 'zod';
import { ApiError } from './errors.ts';
import type { ApiRequest } from './router.ts';

/**
 * The request's JSON body in the shape of `schema`.
 * @throws ApiError 422 that names each bad field. Unknown fields are ignored, as GitHub does.
 */
export function readBody<S extends z.ZodType>(request: ApiRequest, schema: S): z.infer<S> {
  const result = schema.safeParse(request.body ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new ApiError(422, `Invalid request.\n\n${problems.join('\n')}`);
}

/** A path or query parameter that must be a positive integer. @throws ApiError 404, as GitHub answers a bad id. */
export function readId(request: ApiRequest, name: string): number {
  const value = request.params[name] ?? '';
  if (!/^[1-9]\d{0,14}$/.test(value)) throw new ApiError(404, 'Not Found');
  return Number(value);
}
