import { PortError } from '../flows/ports.ts';
import type { AppConfig } from './config.ts';

/** Where jobs reach this process with live metrics. */
export interface OwnAddress {
  /** Waits until it is known. @throws PortError `unavailable` where it never will be */
  publicUrl(): Promise<string>;
  /** @param url where the process listens by now */
  listens(url: string): void;
  /** What waits until then waits no longer. */
  ends(): void;
}

/**
 * The queue may hold work of before, which begins before we listen: with any free port, nobody can be told the address
 * until then.
 */
export function ownAddress({ publicUrl, host, port }: Pick<AppConfig, 'publicUrl' | 'host' | 'port'>): OwnAddress {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // Nobody may be waiting.
  promise.catch(() => {});
  if (publicUrl !== null) resolve(publicUrl);
  else if (port !== 0) resolve(`http://${host}:${port}`);
  return {
    publicUrl: () => promise,
    listens: resolve,
    ends: () => reject(new PortError('unavailable', 'expected this process to listen for live metrics, but it ends')),
  };
}
