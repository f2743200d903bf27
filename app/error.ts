export type AppErrorCode = 'database_unavailable' | 'github_refused' | 'address_in_use';

/** The App can't run. The message says what was expected, what was found and what to do. */
export class AppError extends Error {
  readonly code: AppErrorCode;

  constructor(code: AppErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
  }
}
