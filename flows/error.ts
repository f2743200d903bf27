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
