const POLL_MS = 200;

export class DemoError extends Error {
  override readonly name = 'DemoError';
}

/**
 * Asks again and again until `look` returns something.
 *
 * @param what what is waited for, in words, for the error
 * @param seconds after this long it has not happened
 * @throws {DemoError} when it did not happen, with what `describe` says of the state by then
 */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined | null | false>,
  describe?: () => Promise<string>,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > end) {
      const state = describe === undefined ? '' : `\n${await describe()}`;
      throw new DemoError(`did not happen within ${seconds} s: ${what}${state}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** @throws {DemoError} when it does not hold */
export function assert(holds: boolean, what: string): asserts holds {
  if (!holds) throw new DemoError(`does not hold: ${what}`);
}
