import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalGitHub } from '../github.ts';

/** Answers git's own requests, `/{owner}/{repo}[.git]/info/refs` and the like. @returns false if it is none. */
export async function handleGit(
  _message: IncomingMessage,
  _response: ServerResponse,
  _github: LocalGitHub,
): Promise<boolean> {
  return false;
}
