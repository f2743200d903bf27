import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@actions/core';
import { plainLine } from '../../core/reports/characters.ts';
import { logText } from '../../core/reports/workflow-log.ts';

/** What an action may touch of the job that it runs in. */
export interface Job {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Aborted when the job is cancelled. */
  readonly cancel: AbortSignal;
  /** A fresh directory of this action's own, removed at its end. @param name tells it apart */
  directory(name: string): Promise<string>;
  /** Makes the job red without losing the outputs that `run` returns. */
  fail(message: string): void;
  /** Appends Markdown of ours to the page of the run. */
  summary(markdown: string): Promise<void>;
  /** Hides a text in all logs from here on. */
  mask(secret: string): void;
  /** Runs the action's work, and clears up after it. */
  work(run: () => Promise<void>): Promise<void>;
}

/** Messages may hold foreign text: no line of theirs is a workflow command, whatever it says. */
export interface Log {
  info(message: string): void;
  notice(message: string): void;
  /** An annotation; with a place, at its line in the file. */
  warning(message: string, place?: Place): void;
  error(message: string, place?: Place): void;
  /**
   * Text that others wrote, as it comes: only through CommandLog, which keeps the runner from obeying it. A promise settles
   * when the runner has read enough of it to take more.
   */
  raw(chunk: Buffer | string): unknown;
}

export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly title?: string;
}

/** GitHub's limit of an annotation's title. */
const MAX_TITLE = 255;

/** @param environment the composition root's `process.env` */
export function openJob(environment: NodeJS.ProcessEnv): Job {
  const cancel = new AbortController();
  const directories: string[] = [];
  const onSignal = (): void => cancel.abort();
  return {
    environment,
    cancel: cancel.signal,
    log: {
      info: (message) => core.info(logText(message)),
      notice: (message) => core.notice(logText(message)),
      warning: (message, place) => core.warning(logText(message), placed(place)),
      error: (message, place) => core.error(logText(message), placed(place)),
      raw: (chunk) => (process.stdout.write(chunk) ? undefined : drained(process.stdout)),
    },
    directory: async (name) => {
      const made = await mkdtemp(join(environment['RUNNER_TEMP'] ?? tmpdir(), `trainyard-${name}-`));
      directories.push(made);
      return made;
    },
    fail: (message) => core.setFailed(logText(message)),
    summary: async (markdown) => {
      // The runner sets the file's name; without one (a terminal) there is no page to write to.
      if (environment['GITHUB_STEP_SUMMARY'] !== undefined) await core.summary.addRaw(markdown, true).write();
    },
    mask: (secret) => core.setSecret(secret),
    work: async (run) => {
      process.once('SIGINT', onSignal);
      process.once('SIGTERM', onSignal);
      try {
        await run();
      } finally {
        process.removeListener('SIGINT', onSignal);
        process.removeListener('SIGTERM', onSignal);
        await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
      }
    },
  };
}

/** Settles when a stream takes more, or never will. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'error'] as const;
    const done = (): void => {
      for (const event of events) stream.removeListener(event, done);
      resolve();
    };
    for (const event of events) stream.once(event, done);
  });
}

function placed(place: Place | undefined): core.AnnotationProperties {
  return {
    ...(place === undefined ? {} : { file: place.file }),
    ...(place?.line === undefined ? {} : { startLine: place.line }),
    ...(place?.title === undefined ? {} : { title: plainLine(place.title, MAX_TITLE) }),
  };
}
