export type AppErrorCode = 'database_unavailable' | 'github_refused' | 'address_in_use' | 'overloaded';

/** The App can't run, or take what it is handed. The message says what was expected, what was found and what to do. */
export class AppError extends Error {
  readonly code: AppErrorCode;

  constructor(code: AppErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
  }
}
