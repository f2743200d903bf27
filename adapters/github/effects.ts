/** What we know of something of ours on GitHub that carries a mark. */
export type Effect =
  /** A request that makes it was about to be sent: it may be there. */
  | { readonly kind: 'begun' }
  /** It is there. `state` says what we last wrote, in words of the adapter that wrote it. */
  | { readonly kind: 'made'; readonly id: number; readonly url: string; readonly state: string };

/**
 * What we set out to make on GitHub, written down before each request and after its answer (a write-ahead log). GitHub
 * offers no key for idempotency: whoever remembers nothing must look for a mark on GitHub before each effect. Whoever
 * remembers that nothing was begun need not (invariant 8).
 */
export interface Effects {
  find(mark: string): Promise<Effect | null>;
  begin(mark: string): Promise<void>;
  made(mark: string, effect: { readonly id: number; readonly url?: string; readonly state?: string }): Promise<void>;
  /**
   * Whether everything that was begun since then is in here, so that what is not in here was never begun. To be asked
   * after `find`: the memory may be another one by then, as after a failover.
   */
  isComplete(since: Date): Promise<boolean>;
}
