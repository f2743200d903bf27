import { createServer } from 'node:http';

/** An ingest endpoint on loopback that takes whatever is posted. */
export interface IngestServer {
  readonly url: string;
  readonly posted: readonly { readonly authorization: string; readonly body: string }[];
  close(): Promise<void>;
}

export async function startIngestServer(): Promise<IngestServer> {
  const posted: { authorization: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    posted.push({ authorization: request.headers.authorization ?? '', body: Buffer.concat(chunks).toString() });
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/ingest/ada/team/run`,
    posted,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
