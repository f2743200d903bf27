import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalGitHub } from '../github.ts';

/** Answers what people open in a browser: everything that is neither API, git nor artifact service. */
export async function handlePage(
  _request: IncomingMessage,
  response: ServerResponse,
  _github: LocalGitHub,
): Promise<void> {
  response.writeHead(501, { 'content-type': 'text/plain; charset=utf-8' });
  response.end('The local GitHub does not implement this page.\n');
}
