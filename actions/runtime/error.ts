/** Why an action could not do its work. What a run did wrong is not an error but a result; see each action. */
export type ActionErrorCode =
  | 'input_invalid'
  | 'output_invalid'
  | 'not_admitted'
  | 'git_failed'
  | 'artifact_invalid'
  | 'digest_mismatch'
  | 'input_refused'
  | 'api_failed'
  | 'result_invalid';

export class ActionError extends Error {
  readonly code: ActionErrorCode;

  constructor(code: ActionErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ActionError';
    this.code = code;
  }
}
