import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { s3Store } from '../../adapters/stores/s3/store.ts';
import { StoreConfig } from '../../core/config/policy.ts';
import { unpackTar } from '../../core/packaging/tar.ts';
import { BUCKET, type RayTeam } from './ray-team.ts';
import { ROWS, TRAIN } from './team.ts';

/** More than the repository has, so that whoever trained on it shows it. */
const FAR = `${ROWS}5,hey,1\n`;

export interface Digests {
  readonly md5: string;
  readonly sha256: string;
}

/** Data that lies elsewhere, and how a commit says so. */
export interface FarData {
  readonly where: string;
  readonly key: (digests: Digests) => string;
  /** Behind the path in the config. */
  readonly pin: (digests: Digests) => string;
  readonly files: (digests: Digests) => Record<string, string>;
}

/** Trains on data that a job has to fetch, and holds what the engine was given to those bytes. */
export async function fetchedByJob(ray: RayTeam, { where, key, pin, files }: FarData): Promise<void> {
  const { moto, team } = ray;
  const digest = (algorithm: string): string => createHash(algorithm).update(FAR).digest('hex');
  const digests = { md5: digest('md5'), sha256: digest('sha256') };
  const put = await fetch(`${moto.endpoint}/${BUCKET}/${key(digests)}`, { method: 'PUT', body: FAR });
  expect(put.ok).toBe(true);
  const far = ray.config.replace('path: data/rows.csv', `path: data/far.csv${pin(digests)}`);
  // By now what is merged waits for a checkpoint.
  const code = { 'greeter/train.py': `${TRAIN}# ${where}\n` };
  const changes = { '.github/trainyard.yml': far, ...code, ...files(digests) };
  const pull = await team.propose(where.replaceAll(' ', '-'), changes);
  await team.say(pull.number, '/train greeter --engine ray');
  const record = await ray.judged(pull);
  expect(record.state).toMatchObject({ output: { store: 'run' }, scanVerdict: 'clean' });
  const store = s3Store({
    config: StoreConfig.parse({ s3: { bucket: BUCKET, endpoint: moto.endpoint } }),
    repository: record.repository,
    credentials: moto.credentials,
  });
  const tar = (await store.read(record.run, 'inputs.tar', 1 << 20)) ?? Buffer.alloc(0);
  const inputs = unpackTar(tar).map(({ path, content }) => [path, Buffer.from(content).toString()]);
  expect(inputs).toContainEqual(['data/far.csv', FAR]);
  expect(inputs.some(([path]) => path === 'data/rows.csv')).toBe(false);
  expect(readFileSync(team.log, 'utf8')).toContain(`run ${record.run} has its data fetched`);
}
