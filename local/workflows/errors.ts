export type WorkflowErrorCode =
  | 'invalid_workflow'
  | 'invalid_action'
  | 'invalid_input'
  | 'invalid_expression'
  | 'not_found'
  | 'not_supported'
  | 'permission_exceeded'
  | 'limit_exceeded'
  | 'file_command'
  | 'step_failed'
  | 'cancelled';

/** An error of the workflow executor. The message is shown to whoever reads the run. */
export class WorkflowError extends Error {
  override readonly name = 'WorkflowError';
  readonly code: WorkflowErrorCode;

  constructor(code: WorkflowErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
