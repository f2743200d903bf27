import { FlowError } from '../../flows/error.ts';
import { PortError } from '../../flows/ports.ts';
import { AppError } from '../error.ts';

/** An error by a word of a closed set (`error.type` of the semantic conventions); its message may be anybody's text. */
export function errorType(error: unknown): string {
  if (error instanceof PortError || error instanceof FlowError || error instanceof AppError) return error.code;
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (typeof status === 'number' && Number.isInteger(status) && status >= 100 && status < 600) return String(status);
  return 'error';
}
