import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalGitHub } from '../github.ts';

export interface ActionsOptions {
  /** Jobs that run at the same time on this machine. */
  readonly maxParallelJobs?: number;
  /** Added to the environment of every job (package caches, say). */
  readonly jobEnvironment?: Readonly<Record<string, string>>;
}

/** Starts the Actions service: it listens to the server's events and runs workflows. */
export function attachActions(_github: LocalGitHub, _options: ActionsOptions): { close(): Promise<void> } {
  return { close: async () => undefined };
}

/** Answers `/twirp/…`, `/_results/…` and `/_oidc/…`. */
export async function handleResults(
  _request: IncomingMessage,
  response: ServerResponse,
  _github: LocalGitHub,
): Promise<void> {
  response.writeHead(501, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ message: 'The local GitHub does not implement the artifact service.' }));
}
