import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, vi } from 'vitest';
import type { AppWorld } from './world.ts';

/** An App as a process of its own, one of several on a database. */
export interface ReplicaProcess {
  readonly child: ChildProcess;
  readonly webhooks: string;
  /** Its log as it is now. */
  log(): string;
  kill(signal: NodeJS.Signals): void;
  /** Code and signal with which it ended. */
  readonly gone: Promise<readonly [number | null, NodeJS.Signals | null]>;
}

export interface ReplicaProcesses {
  start(settings?: Readonly<Record<string, string>>): Promise<ReplicaProcess>;
  /** Kills what still runs. */
  close(): Promise<void>;
}

/** @param entry a file beside this one */
export function replicaProcesses(world: AppWorld, entry: string): ReplicaProcesses {
  const { config } = world;
  const started: ReplicaProcess[] = [];
  return {
    async start(settings = {}) {
      const child = spawn(process.execPath, [join(import.meta.dirname, entry)], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'],
          NODE_NO_WARNINGS: '1',
          APP_ID: String(config.appId),
          PRIVATE_KEY: config.privateKey,
          WEBHOOK_SECRET: config.webhookSecret,
          GITHUB_API_URL: config.githubUrl,
          TRAINYARD_SIGNING_KEY: config.signingKey,
          DATABASE_URL: config.databaseUrl ?? '',
          TRAINYARD_LEASE_SECONDS: '2',
          TRAINYARD_TIMER_SECONDS: '3600',
          PORT: '0',
          ...settings,
        },
      });
      const gone = once(child, 'exit').then(([code, signal]) => [code, signal] as const);
      let log = '';
      child.stderr.on('data', (chunk) => {
        log += chunk;
        if (process.env['LOG']) process.stderr.write(chunk);
      });
      const line = once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text));
      const early = gone.then(([code]) => Promise.reject(new Error(`it ended with ${code}, saying: ${log}`)));
      const ready = await Promise.race([line, early]);
      early.catch(() => {});
      const replica: ReplicaProcess = {
        child,
        webhooks: JSON.parse(ready).webhooks,
        log: () => log,
        kill: (signal) => void child.kill(signal),
        gone,
      };
      started.push(replica);
      return replica;
    },
    async close() {
      for (const { child, gone } of started) {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
        await gone;
      }
    },
  };
}

/** Lines that processes append to one file. */
export function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

export const until = (check: () => void, seconds = 60): Promise<void> =>
  vi.waitFor(check, { timeout: seconds * 1000, interval: 20 });

export const wrote = (file: string, line: string): Promise<void> => until(() => expect(linesOf(file)).toContain(line));
