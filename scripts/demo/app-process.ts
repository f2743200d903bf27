import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { COMPILED } from './toolbox.ts';
import { DemoError, until } from './wait.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export interface AppProcess {
  readonly url: string;
  /** Ends it as an orchestrator would (SIGTERM) or as a crash does (SIGKILL), and waits until it is gone. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Resolves when it has ended, whoever ended it. */
  readonly gone: Promise<void>;
}

/** What the App's process runs, from the repository's root. */
export const APP_ENTRY = 'app/main.ts';

export async function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? done(address.port) : fail(address)));
    });
  });
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

function gone(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** Starts the App as its own process, as it runs in production, with its log in a file. */
export async function startApp(
  settings: Readonly<Record<string, string>>,
  port: number,
  log: string,
  entry = APP_ENTRY,
): Promise<AppProcess> {
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [entry], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      NODE_COMPILE_CACHE: COMPILED,
      PORT: String(port),
      PUBLIC_URL: url,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const file = createWriteStream(log, { flags: 'a' });
  child.stdout?.pipe(file);
  child.stderr?.pipe(file);
  await until('the App answers on /readyz', 60, async () => {
    if (hasEnded(child)) {
      throw new DemoError(`the App ended with ${child.exitCode ?? child.signalCode}; its log is ${log}`);
    }
    return fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
  });
  return {
    url,
    gone: gone(child),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await gone(child);
    },
  };
}
