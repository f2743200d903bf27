/** One entry of the `errors` list in GitHub's 422 answers. */
export interface FieldError {
  readonly resource: string;
  readonly field?: string;
  readonly code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'custom' | 'unprocessable';
  readonly message?: string;
  readonly value?: string | null;
}

/** An answer other than success, in GitHub's shape. Thrown by route handlers. */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: readonly (FieldError | string)[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    errors?: readonly (FieldError | string)[],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }

  /** The JSON body that GitHub sends with such an error. */
  toBody(): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.errors === undefined ? {} : { errors: this.errors }),
      documentation_url: 'https://docs.github.com/rest',
      status: String(this.status),
    };
  }
}

export const notFound = (): ApiError => new ApiError(404, 'Not Found');

/** @returns a 422 with one field error, GitHub's usual "Validation Failed". */
export function invalid(resource: string, field: string, message: string): ApiError {
  return new ApiError(422, 'Validation Failed', [{ resource, field, code: 'custom', message }]);
}

/** @returns what the local GitHub answers to a feature of GitHub that it does not have. */
export function notImplemented(what: string): ApiError {
  return new ApiError(501, `The local GitHub does not implement ${what}.`);
}
