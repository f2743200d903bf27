import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { SignedUrls } from './signed-urls.ts';

/** Where blobs are under the server's origin: account, container and name, as in an Azure address with an IP as host. */
export const BLOB_PATH = '/_results/artifacts/';
const MAX_BLOCKLIST_BYTES = 8 * 1024 * 1024;

/** The blob store behind the artifact service: block blobs, with Azure's calls as far as the stock client makes them. */
export class Blobs {
  readonly #directory: string;
  readonly #urls: SignedUrls;
  readonly #now: () => Date;

  constructor(directory: string, urls: SignedUrls, now: () => Date) {
    this.#directory = directory;
    this.#urls = urls;
    this.#now = now;
    mkdirSync(join(directory, 'sealed'), { recursive: true });
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const name = url.pathname.slice(BLOB_PATH.length);
    if (!/^[0-9a-f-]{36}\.zip$/.test(name)) return refuse(response, 404, 'ResourceNotFound');
    const access = request.method === 'PUT' ? 'write' : 'read';
    if (!this.#urls.verify(url, access, this.#now())) return refuse(response, 403, 'AuthenticationFailed');
    if (request.method === 'PUT') return this.#put(request, response, url, name);
    if (request.method === 'GET' || request.method === 'HEAD') return this.#get(request, response, url, name);
    return refuse(response, 405, 'UnsupportedHttpVerb');
  }

  /**
   * Ends the upload: from now on the blob can be read, and never written again.
   * @returns undefined if nothing was uploaded.
   */
  async seal(name: string): Promise<{ size: number; digest: string } | undefined> {
    const path = this.#sealed(name);
    // Moved before it is read: an upload that goes on at the same time can't change what was hashed.
    const moved = await rename(this.#path(name), path).then(
      () => true,
      () => false,
    );
    if (!moved) return undefined;
    const found = await stat(path);
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    return { size: found.size, digest: `sha256:${hash.digest('hex')}` };
  }

  async delete(name: string): Promise<void> {
    for (const path of [this.#path(name), this.#sealed(name)]) await rm(path, { force: true });
    await rm(`${this.#path(name)}.blocks`, { recursive: true, force: true });
  }

  async #put(request: IncomingMessage, response: ServerResponse, url: URL, name: string): Promise<void> {
    if (existsSync(this.#sealed(name))) return refuse(response, 409, 'BlobImmutableDueToPolicy');
    switch (url.searchParams.get('comp')) {
      case null:
        await this.#receive(request, this.#path(name));
        break;
      case 'block':
        await mkdir(`${this.#path(name)}.blocks`, { recursive: true });
        await this.#receive(request, this.#block(name, url.searchParams.get('blockid') ?? ''));
        break;
      case 'blocklist':
        if (!(await this.#commit(request, name))) return refuse(response, 400, 'InvalidBlockList');
        break;
      default:
        return refuse(response, 501, `the local GitHub's blob store has no comp=${url.searchParams.get('comp')}`);
    }
    const created = this.#now().toUTCString();
    response
      .writeHead(201, { ...azureHeaders(), etag: `"${Date.now()}"`, 'last-modified': created, 'content-length': 0 })
      .end();
  }

  /** Puts the blocks together in the order of the list. */
  async #commit(request: IncomingMessage, name: string): Promise<boolean> {
    const ids = [...(await readText(request)).matchAll(/<(?:Latest|Committed|Uncommitted)>([^<]+)<\//g)].map(
      (match) => match[1] ?? '',
    );
    const target = `${this.#path(name)}.part`;
    await writeFile(target, '');
    for (const id of ids) {
      const block = await readFile(this.#block(name, id)).catch(() => undefined);
      if (block === undefined) return false;
      await writeFile(target, block, { flag: 'a' });
    }
    await rename(target, this.#path(name));
    await rm(`${this.#path(name)}.blocks`, { recursive: true, force: true });
    return true;
  }

  async #receive(request: IncomingMessage, path: string): Promise<void> {
    await pipeline(request, createWriteStream(`${path}.part`));
    await rename(`${path}.part`, path);
  }

  async #get(request: IncomingMessage, response: ServerResponse, url: URL, name: string): Promise<void> {
    const found = await stat(this.#sealed(name)).catch(() => undefined);
    if (found === undefined) return refuse(response, 404, 'BlobNotFound');
    const disposition = url.searchParams.get('rscd');
    response.writeHead(200, {
      ...azureHeaders(),
      'content-type': 'application/zip',
      'content-length': found.size,
      ...(disposition === null ? {} : { 'content-disposition': disposition }),
    });
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(this.#sealed(name)), response);
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  #sealed(name: string): string {
    return join(this.#directory, 'sealed', name);
  }

  /** Block ids are the client's: only their digest becomes a file name. */
  #block(name: string, id: string): string {
    return join(`${this.#path(name)}.blocks`, createHash('sha256').update(id).digest('hex'));
  }
}

function azureHeaders(): Record<string, string> {
  return { 'x-ms-request-id': 'local', 'x-ms-version': '2025-01-05', 'x-ms-request-server-encrypted': 'false' };
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, {
    ...azureHeaders(),
    'x-ms-error-code': code,
    'content-type': 'application/xml',
    connection: 'close',
  });
  response.end(`<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code></Error>`);
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BLOCKLIST_BYTES) throw new RangeError('expected a shorter block list');
  }
  return text;
}
