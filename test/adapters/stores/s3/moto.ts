import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pythonWith } from '../../../python.ts';
import { freePort } from '../../engines/ray/cluster.ts';

/** A store that speaks S3 as moto does: it checks neither signatures nor how long they are good for. */
export interface Moto {
  readonly endpoint: string;
  /** Any that are not empty. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Keys of a bucket's objects. */
  keys(bucket: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Starts moto on the loopback address, with empty buckets. */
export async function startMoto(...buckets: readonly string[]): Promise<Moto> {
  const python = pythonWith('moto[server,s3]==5.2.5');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = spawn(python.bin('moto_server'), ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'close');
  await new Promise<void>((resolve, reject) => {
    let said = '';
    // Read to its end: a full pipe would stop it.
    server.stderr.on('data', (chunk: unknown) => {
      said = (said + String(chunk)).slice(-10_000);
      if (said.includes('Running on')) resolve();
    });
    void ended.then(() => reject(new Error(`moto did not start:\n${said}`)));
  });
  for (const bucket of buckets) {
    const made = await fetch(`${endpoint}/${bucket}`, { method: 'PUT' });
    if (!made.ok) throw new Error(`moto answered ${made.status} for the bucket ${bucket}`);
  }
  return {
    endpoint,
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    async keys(bucket) {
      const listed = await (await fetch(`${endpoint}/${bucket}?list-type=2`)).text();
      return [...listed.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key ?? '');
    },
    async stop() {
      server.kill();
      await ended;
      python.remove();
    },
  };
}
