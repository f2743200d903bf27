export type PortErrorCode =
  | 'unavailable'
  | 'forbidden'
  | 'not_found'
  | 'too_large'
  | 'digest_mismatch'
  | 'gone'
  | 'exists_otherwise'
  | 'conflict'
  | 'malformed'
  | 'rate_limited';

/** The outside world did not do what was asked. `code` says whether waiting helps. */
export class PortError extends Error {
  readonly code: PortErrorCode;
  /** When to ask again, milliseconds since the epoch, where the other side said so. */
  readonly until: number | null;

  constructor(code: PortErrorCode, message: string, options: { cause?: unknown; until?: number | null } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.name = 'PortError';
    this.code = code;
    this.until = options.until ?? null;
  }
}
