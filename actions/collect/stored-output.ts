import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StoreConfig } from '../../core/config/policy.ts';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { GitId, RepositoryName, Sha256 } from '../../core/names.ts';
import type { StoredSource } from '../../core/training/request.ts';
import { OUTPUT_TAR } from '../../core/training/status.ts';
import { isWithin, storePlace } from '../../core/training/store.ts';
import { ActionError } from '../runtime/error.ts';
import type { GitObjects } from '../runtime/git-objects.ts';
import { MAX_OUTPUT } from '../runtime/judge-files.ts';
import { policyAt } from './base-config.ts';

/** Milliseconds for the whole of an output. */
const PATIENCE = 25 * 60_000;

export interface StoredOutputOptions {
  readonly source: StoredSource;
  readonly sha256: Sha256;
  readonly directory: string;
  readonly repository: RepositoryName;
  readonly base: GitObjects;
  readonly policyCommit: GitId;
}

/**
 * Fetches what a compute engine's execution left, into `output.tar`. The address came with the dispatch, which anybody
 * with write access can make: it is asked only where the base's policy has its store, and what comes is compared.
 *
 * @throws ActionError `artifact_invalid`, `digest_mismatch`
 */
export async function fetchStored(options: StoredOutputOptions): Promise<void> {
  const { source, sha256, directory, repository } = options;
  const place = storePlace(await storeOf(options), repository);
  if (!isWithin(place, source.url))
    throw invalid(`expected an address of the policy's store, below ${place.address}; found another`);
  if (source.size > MAX_OUTPUT) throw invalid(`the output has ${source.size} bytes, expected at most ${MAX_OUTPUT}`);
  const answer = await fetched(source);
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      // Its address outlives the execution: whoever had it may have put anything of any size there.
      if (bytes > source.size) done(invalid(`expected ${source.size} bytes of output, got more`));
      else done(null, chunk);
    },
  });
  await pipeline(answer, counted, createWriteStream(join(directory, OUTPUT_TAR), { flags: 'wx' }));
  if (bytes !== source.size) throw invalid(`expected ${source.size} bytes of output, got ${bytes}`);
  const found = hash.digest('hex');
  if (found !== sha256)
    throw new ActionError('digest_mismatch', `the output has the SHA-256 ${found}, expected ${sha256}: train again`);
}

async function fetched({ url, headers }: StoredSource): Promise<Readable> {
  try {
    const answer = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok && answer.body !== null) return Readable.fromWeb(answer.body);
    await answer.body?.cancel();
    throw invalid(
      `the store answered ${answer.status} for the output; addresses are good for two hours: retry the run`,
    );
  } catch (error) {
    if (error instanceof ActionError) throw error;
    // Its message may hold the address, which is a key while it lasts.
    throw invalid('the store can’t be reached, or answers with a redirect', error);
  }
}

async function storeOf({ base, policyCommit }: StoredOutputOptions): Promise<StoreConfig> {
  const store = (await policyAt(base, policyCommit))?.store;
  if (store === undefined) throw invalid(`expected policy.store in ${CONFIG_PATH} at ${policyCommit}, found none`);
  return store;
}

function invalid(message: string, cause?: unknown): ActionError {
  return new ActionError('artifact_invalid', message, { cause });
}
