import type { Trust } from '../../core/data/sources/trust.ts';
import type { DataFile } from '../../flows/check-data/ports.ts';
import type { ConvertOptions } from './convert.ts';
import type { Scratch } from './scratch.ts';

export interface SourceBounds {
  /** Of all that one reference fetches. */
  readonly bytes: number;
  readonly files: number;
  /** Of one call or download. */
  readonly seconds: number;
}

export const SOURCE_BOUNDS: SourceBounds = { bytes: 64 * 1024 ** 3, files: 10_000, seconds: 3600 };

/** A server of Git LFS that somebody we trust names: the runner does, of the server that it works for. */
export interface LfsServer {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** A header's value, sent to the endpoint alone. */
  readonly authorization: string | null;
  /** Whether it, and the store that it names, may be at an address that is not public. */
  readonly allowPrivate: boolean;
}

export interface SourceOptions {
  /** Relative paths start here. */
  readonly directory: string;
  readonly trust: Trust;
  /**
   * Where credentials and addresses of stores are found, under the names that their own tools use. Empty for whoever may
   * have none: a job that reads a pull request's data.
   */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Where objects of Git LFS are asked for, in place of what git's own configuration says. */
  readonly lfs?: LfsServer;
  /** Whether loopback, private and link-local addresses may be reached over HTTP. */
  readonly allowPrivate: boolean;
  readonly bounds: SourceBounds;
  readonly conversion: ConvertOptions;
}

/** What each kind of source works with. */
export interface SourceContext extends SourceOptions {
  readonly scratch: Scratch;
  /** Files below the directory, as they are. */
  readonly local: (path: string) => Promise<readonly DataFile[]>;
}
