import type { IncomingMessage, ServerResponse } from 'node:http';
import { writeZip } from '../../workflows/artifacts/zip.ts';
import type { ActionsState } from '../state.ts';
import { currentAttempt, type Job } from '../tables.ts';
import type { SignedUrls } from './signed-urls.ts';

export const LOG_PATH = '/_results/logs/';
const MINUTE = 60_000;

/** The addresses behind the redirects of the log endpoints: they hold for a minute. */
export class LogDownloads {
  readonly #state: ActionsState;
  readonly #urls: SignedUrls;

  constructor(state: ActionsState, urls: SignedUrls) {
    this.#state = state;
    this.#urls = urls;
  }

  /** @param name `job-<id>.txt` or `run-<id>.zip` */
  issue(name: string): string {
    return this.#urls.issue(`${LOG_PATH}${name}`, 'read', new Date(this.#state.github.now().getTime() + MINUTE));
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (request.method !== 'GET' || !this.#urls.verify(url, 'read', this.#state.github.now())) {
      response.writeHead(403).end();
      return;
    }
    const [, kind, id] = /^(job|run)-(\d+)\.(?:txt|zip)$/.exec(url.pathname.slice(LOG_PATH.length)) ?? [];
    if (kind === 'job') {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(await this.#state.logs.read(Number(id)));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/zip' });
    response.end(await this.#runArchive(Number(id)));
  }

  /** One file a job, numbered, as GitHub packs them. */
  async #runArchive(runId: number): Promise<Buffer> {
    const attempt = currentAttempt(this.#state.run(runId)).number;
    const jobs = this.#state.tables.jobs.list({ runId, attempt }).filter((job) => job.conclusion !== 'skipped');
    const entries = await Promise.all(
      jobs.map(async (job, index) => ({
        name: `${index}_${fileName(job)}.txt`,
        content: Buffer.from(await this.#state.logs.read(job.id)),
      })),
    );
    return writeZip(entries);
  }
}

function fileName(job: Job): string {
  return job.name.replaceAll(/[/\\:*?"<>|]/g, '_').slice(0, 90);
}
