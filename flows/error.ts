import { PortError } from './port-error.ts';

export type FlowErrorCode =
  | 'config_unreadable'
  | 'ledger_invalid'
  | 'ledger_contended'
  | 'record_missing'
  | 'not_possible';

/** A flow can't do what was asked. The message is for people: expected, found, and what to do. */
export class FlowError extends Error {
  readonly code: FlowErrorCode;

  constructor(code: FlowErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'FlowError';
    this.code = code;
  }
}

/** Whether what failed is a matter of the one thing that was asked for, and of nothing else: GitHub is there and takes requests. */
export function isOfOneThing(error: unknown): boolean {
  if (error instanceof PortError) return error.code !== 'unavailable' && error.code !== 'rate_limited';
  return error instanceof FlowError;
}
