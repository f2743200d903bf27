/** Why a checkpoint could not be kept or restored; training goes on without. */
export type CheckpointErrorCode = 'refused' | 'changed' | 'damaged';

export class CheckpointError extends Error {
  readonly code: CheckpointErrorCode;

  constructor(code: CheckpointErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CheckpointError';
    this.code = code;
  }
}
