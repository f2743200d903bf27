import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArtifactClient, DefaultArtifactClient } from '@actions/artifact';
import { Sha256 } from '../../core/names.ts';
import { ActionError } from './error.ts';
import { type ExpectedFiles, unzipExpected } from './unzip.ts';

/** A workflow artifact as jobs name it to each other: never by its name alone. */
export interface ArtifactHandle {
  readonly id: number;
  /** SHA-256 of the archive, in hex. */
  readonly digest: Sha256;
}

export interface NamedArtifact extends ArtifactHandle {
  readonly name: string;
}

/** Another run's artifact, read through the REST API. */
export interface ForeignRun {
  readonly token: string;
  readonly repository: string;
  readonly runId: number;
}

export interface Artifacts {
  /** @param files paths under the directory */
  upload(name: string, directory: string, files: readonly string[]): Promise<ArtifactHandle>;
  /**
   * Puts the artifact's files into the directory after its archive's digest was compared.
   * @returns the names found
   * @throws ActionError `digest_mismatch`, `artifact_invalid`
   */
  download(handle: ArtifactHandle, directory: string, expected: ExpectedFiles, from?: ForeignRun): Promise<Set<string>>;
  /** The artifacts of this workflow run that have a digest. Their names are anybody's who has a job in it. */
  list(): Promise<readonly NamedArtifact[]>;
  /** Takes an artifact of this workflow run away. */
  remove(name: string): Promise<void>;
}

/** Over the stock client, which reads its tokens from the environment of the action. */
export function openArtifacts(client: ArtifactClient = new DefaultArtifactClient()): Artifacts {
  return {
    async upload(name, directory, files) {
      const paths = files.map((file) => join(directory, file));
      // Models compress badly; level 1 still halves text.
      const { id, digest } = await client.uploadArtifact(name, paths, directory, { compressionLevel: 1 });
      if (id === undefined || digest === undefined) {
        throw new ActionError('artifact_invalid', `the upload of ${name} came back without id or digest`);
      }
      return { id, digest: Sha256.parse(digest.replace(/^sha256:/, '')) };
    },

    async download(handle, directory, expected, from) {
      const landing = await mkdtemp(join(directory, '.landing-'));
      const { digestMismatch } = await client.downloadArtifact(handle.id, {
        path: landing,
        expectedHash: `sha256:${handle.digest}`,
        // Unpacked by us, after the digest was compared.
        skipDecompress: true,
        ...(from === undefined ? {} : { findBy: findBy(from) }),
      });
      if (digestMismatch !== false) {
        throw new ActionError('digest_mismatch', `artifact ${handle.id} is not the one with SHA-256 ${handle.digest}`);
      }
      const [archive, ...others] = await readdir(landing);
      if (archive === undefined || others.length > 0) {
        throw new ActionError('artifact_invalid', `artifact ${handle.id} did not arrive as one file`);
      }
      return unzipExpected(join(landing, archive), directory, expected);
    },

    async list() {
      const { artifacts } = await client.listArtifacts();
      return artifacts.flatMap(({ name, id, digest }) => {
        const sha256 = Sha256.safeParse(digest?.replace(/^sha256:/, ''));
        return sha256.success ? [{ name, id, digest: sha256.data }] : [];
      });
    },

    async remove(name) {
      await client.deleteArtifact(name);
    },
  };
}

function findBy(run: ForeignRun) {
  const [repositoryOwner = '', repositoryName = ''] = run.repository.split('/');
  return { token: run.token, workflowRunId: run.runId, repositoryOwner, repositoryName };
}
