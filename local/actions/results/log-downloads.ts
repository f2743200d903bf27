import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ActionsState } from '../state.ts';
import type { SignedUrls } from './signed-urls.ts';

export const LOG_PATH = '/_results/logs/';
const MINUTE = 60_000;

/** The addresses behind the redirects of the log endpoint: they hold for a minute. */
export class LogDownloads {
  readonly #state: ActionsState;
  readonly #urls: SignedUrls;

  constructor(state: ActionsState, urls: SignedUrls) {
    this.#state = state;
    this.#urls = urls;
  }

  issue(jobId: number): string {
    const ends = new Date(this.#state.github.now().getTime() + MINUTE);
    return this.#urls.issue(`${LOG_PATH}job-${jobId}.txt`, 'read', ends);
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const [, id] = /^job-(\d+)\.txt$/.exec(url.pathname.slice(LOG_PATH.length)) ?? [];
    if (request.method !== 'GET' || id === undefined || !this.#urls.verify(url, 'read', this.#state.github.now())) {
      response.writeHead(403).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(await this.#state.logs.read(Number(id)));
  }
}
