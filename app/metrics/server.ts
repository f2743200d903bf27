import { collectDefaultMetrics, type Registry } from 'prom-client';
import { type Listening, listen } from '../http/server.ts';
import type { Log } from '../log.ts';

export interface MetricsServer {
  readonly registry: Registry;
  /** Brings up to date what is read at each scrape. */
  readonly refresh: () => Promise<void>;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Log;
}

/**
 * `GET /metrics` at an address of its own, which is never the one that GitHub and jobs reach: numbers of installations
 * are nobody's business, and a scrape asks the database.
 * @throws AppError `address_in_use`
 */
export function serveMetrics({ registry, refresh, host, port, log }: MetricsServer): Promise<Listening> {
  collectDefaultMetrics({ register: registry });
  const scrape = async () => {
    await refresh();
    return {
      status: 200,
      body: (await registry.metrics()).trimEnd(),
      headers: { 'content-type': registry.contentType },
    };
  };
  return listen([{ method: 'GET', path: /^\/metrics$/, handle: scrape }], { host, port }, log);
}
