import type { DatabaseSync } from 'node:sqlite';
import type { Administration } from './administration.ts';
import type { App } from './apps/app.ts';
import type { Delivery } from './apps/delivery.ts';
import type { EventListener, RepositoryEvent } from './events.ts';
import type { GitRepository } from './git/repository.ts';
import type { Repository } from './repositories/repository.ts';
import type { Tables } from './tables.ts';

/** Addresses of one running server. Machines use 127.0.0.1; people use github.localhost, which browsers resolve. */
export interface Urls {
  /** `http://github.localhost:PORT`: what people see, and `GITHUB_SERVER_URL`. */
  readonly server: string;
  /** `http://127.0.0.1:PORT/api/v3`: `GITHUB_API_URL`. */
  readonly api: string;
  /** `http://127.0.0.1:PORT/api/uploads`: release assets go here. */
  readonly uploads: string;
  /** `http://127.0.0.1:PORT/`: `ACTIONS_RESULTS_URL`. */
  readonly results: string;
  /** The clone address of a repository. */
  git(owner: string, name: string): string;
}

/** What a request handler, the Actions service and the page see of the running server. */
export interface LocalGitHub extends Administration {
  readonly port: number;
  readonly dataDir: string;
  readonly urls: Urls;
  /** The one state file. Each part opens its own tables on it. */
  readonly db: DatabaseSync;
  readonly tables: Tables;
  readonly log: (line: string) => void;
  /** The server's clock; tests may move it. */
  now(): Date;
  /** Now, as GitHub writes it: ISO 8601, one-second resolution, `Z`. */
  timestamp(): string;
  /** The bare git repository behind `repository`. */
  git(repository: Repository): GitRepository;
  /** Tells listeners at once, then delivers webhooks in the background. */
  emit(event: RepositoryEvent): void;
  /** Sends one recorded delivery in the background. */
  deliver(app: App, delivery: Delivery): void;
  /** @returns a function that ends the subscription. */
  onEvent(listener: EventListener): () => void;
  /** Resolves when no webhook delivery is under way. */
  settled(): Promise<void>;
  close(): Promise<void>;
}
