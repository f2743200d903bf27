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

  constructor(code: PortErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PortError';
    this.code = code;
  }
}
