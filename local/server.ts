import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { type ActionsOptions, attachActions, handleResults } from './actions/service.ts';
import { createAdministration, ensureActionsApp } from './administration.ts';
import type { App } from './apps/app.ts';
import type { Delivery } from './apps/delivery.ts';
import { attempt, deliveriesOf } from './apps/webhooks.ts';
import { openDatabase } from './database.ts';
import type { EventListener, RepositoryEvent } from './events.ts';
import { handleLfs } from './git/lfs.ts';
import { GitRepository } from './git/repository.ts';
import { handleGit, type PushedRef } from './git/smart-http.ts';
import type { LocalGitHub, Urls } from './github.ts';
import { createApiHandler, type Exchange } from './http/api.ts';
import { refusedOrigin } from './http/origin.ts';
import { apiRoutes, uploadRoutes } from './http/routes.ts';
import { handlePage } from './page/page.ts';
import type { Repository } from './repositories/repository.ts';
import { repositoryDirectory, writeHooks } from './repositories/storage.ts';
import { openTables } from './tables.ts';

export type { LocalGitHub };

export interface LocalGitHubOptions {
  /** Where repositories, the state file and run data are kept; created if missing. */
  readonly dataDir: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly log?: (line: string) => void;
  /** The clock; tests may move it. */
  readonly now?: () => Date;
  /** Called after each REST call, for a judge of conformance. */
  readonly observe?: (exchange: Exchange) => void;
  /** Called with each webhook before it is sent. */
  readonly observeDelivery?: (delivery: { readonly event: string; readonly payload: unknown }) => void;
  /** Called with each ref that a push moved, before its git hears of it. */
  readonly observePush?: (push: PushedRef) => void;
  readonly actions?: ActionsOptions;
}

function urlsOf(port: number): Urls {
  const machine = `http://127.0.0.1:${port}`;
  return {
    server: `http://github.localhost:${port}`,
    api: `${machine}/api/v3`,
    uploads: `${machine}/api/uploads`,
    results: `${machine}/`,
    git: (owner, name) => `${machine}/${owner}/${name}.git`,
  };
}

/** Tells an event to the listeners at once and to the Apps in the background. */
function createEmitter(github: () => LocalGitHub, options: LocalGitHubOptions) {
  const listeners = new Set<EventListener>();
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();
  function deliver(app: App, delivery: Delivery): void {
    const sending = attempt(github(), app, delivery, stopping.signal);
    underWay.add(sending);
    void sending.finally(() => underWay.delete(sending));
  }
  function tell(listener: EventListener, event: RepositoryEvent): void {
    try {
      listener(event);
    } catch (error) {
      // What happened has happened: a listener that fails must not fail the request that caused it.
      options.log?.(`internal error: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  return {
    deliver,
    /** Gives up deliveries that nobody has answered yet. */
    stop: (): void => stopping.abort(),
    emit(event: RepositoryEvent): void {
      for (const { app, delivery, payload } of deliveriesOf(github(), event)) {
        options.observeDelivery?.({ event: event.event, payload });
        deliver(app, delivery);
      }
      for (const listener of listeners) tell(listener, event);
    },
    onEvent(listener: EventListener): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async settled(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

function createGitAccess(dataDir: string) {
  const open = new Map<number, GitRepository>();
  return {
    git(repository: Repository): GitRepository {
      const known = open.get(repository.id);
      if (known !== undefined) return known;
      const created = new GitRepository(repositoryDirectory(dataDir, repository));
      open.set(repository.id, created);
      return created;
    },
    close: (): void => open.forEach((repository) => void repository.close()),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Loopback only: this server runs jobs as the person who started it.
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

type Handler = (message: IncomingMessage, response: ServerResponse) => Promise<void>;

function createHandler(github: LocalGitHub, options: LocalGitHubOptions): Handler {
  const api = createApiHandler(github, '/api/v3', apiRoutes, options.observe);
  const uploads = createApiHandler(github, '/api/uploads', uploadRoutes, options.observe);
  return async (message, response) => {
    const refused = refusedOrigin(message.headers, github.port);
    if (refused !== undefined) {
      response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(`${refused}\n`);
      return;
    }
    const path = message.url ?? '/';
    if (path.startsWith('/api/v3/') || path === '/api/v3') return api(message, response);
    if (path.startsWith('/api/uploads/')) return uploads(message, response);
    if (/^\/(twirp|_results|_oidc)\//.test(path)) return handleResults(message, response, github);
    if (await handleLfs(message, response, github)) return;
    if (await handleGit(message, response, github, options.observePush)) return;
    await handlePage(message, response, github);
  };
}

/** Starts a small GitHub on 127.0.0.1. Everything it knows is under `dataDir`; starting again there goes on with it. */
export async function startLocalGitHub(options: LocalGitHubOptions): Promise<LocalGitHub> {
  mkdirSync(join(options.dataDir, 'repositories'), { recursive: true });
  await writeHooks(options.dataDir);
  const db = openDatabase(join(options.dataDir, 'state.sqlite'));
  const tables = openTables(db);
  const now = options.now ?? (() => new Date());
  const timestamp = (): string => `${now().toISOString().slice(0, 19)}Z`;
  const log = options.log ?? (() => undefined);
  const access = createGitAccess(options.dataDir);
  let handler: Handler = async (_, response) => void response.writeHead(503).end();
  const server = createServer((message, response) => {
    handler(message, response).catch((error: unknown) => {
      log(`internal error: ${error instanceof Error ? error.stack : String(error)}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  const port = await listen(server, options.port ?? 0);
  const emitter = createEmitter(() => github, options);
  const base = { port, dataDir: options.dataDir, urls: urlsOf(port), db, tables, log, now, timestamp };
  const github: LocalGitHub = {
    ...base,
    ...createAdministration(base),
    ...emitter,
    git: access.git,
    async close() {
      // First the jobs, which talk to this server; then the server; last what is still being delivered.
      await actions.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      emitter.stop();
      await emitter.settled();
      access.close();
      db.close();
    },
  };
  ensureActionsApp(base);
  const actions = attachActions(github, options.actions ?? {});
  handler = createHandler(github, options);
  server.on('upgrade', (message, socket: Socket) => actions.state.runners.upgrade(message, socket));
  return github;
}
