import { whenAborted } from './cancellation.ts';

/** The places for jobs on this machine, given out in order. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with the function that gives the place back, at once if `signal` fires: the caller looks at it. */
  async take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return () => undefined;
    if (this.#free === 0) {
      const granted = await new Promise<boolean>((resolve) => {
        const wake = (): void => resolve(true);
        this.#waiting.push(wake);
        whenAborted(signal, () => {
          const index = this.#waiting.indexOf(wake);
          if (index >= 0) this.#waiting.splice(index, 1);
          if (index >= 0) resolve(false);
        });
      });
      if (!granted) return () => undefined;
    } else {
      this.#free -= 1;
    }
    let given = true;
    return () => {
      if (given) this.#release();
      given = false;
    };
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
