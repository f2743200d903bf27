/** Why a run, a matrix or a job is to end early. A child follows its parent. */
export class Cancellation {
  readonly #controller = new AbortController();
  readonly #force = new AbortController();
  reason: string | undefined;

  constructor(parent?: Cancellation) {
    parent?.onCancel(() => this.cancel(parent.reason ?? 'cancelled'));
    parent?.onForce(() => this.force());
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get forced(): AbortSignal {
    return this.#force.signal;
  }

  get requested(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Steps with `always()` or `cancelled()` still run. */
  cancel(reason: string): void {
    this.reason ??= reason;
    this.#controller.abort(reason);
  }

  /** Nothing runs any more, not even `always()`. */
  force(): void {
    this.cancel('force');
    this.#force.abort('force');
  }

  onCancel(listener: () => void): void {
    whenAborted(this.#controller.signal, listener);
  }

  onForce(listener: () => void): void {
    whenAborted(this.#force.signal, listener);
  }
}

/** Calls `listener` once, at once if it has happened already. */
export function whenAborted(signal: AbortSignal, listener: () => void): void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', () => listener(), { once: true });
}
