/** The data is not what it says it is, or can't be read. */
export class UnreadableData extends Error {
  override readonly name = 'UnreadableData';
  /** `failed`: the data itself is wrong. `not_checked`: nothing can be said of it. */
  readonly status: 'failed' | 'not_checked';
  /** Null where it is the data as a whole. */
  readonly place: { readonly file: string; readonly line: number } | null;

  constructor(
    status: 'failed' | 'not_checked',
    message: string,
    options: { cause?: unknown; place?: { readonly file: string; readonly line: number } } = {},
  ) {
    super(message, options);
    this.status = status;
    this.place = options.place ?? null;
  }
}
