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

export interface SourceOptions {
  /** Relative paths start here. */
  readonly directory: string;
  readonly trust: Trust;
  /**
   * Where credentials and addresses of stores are found, under the names that their own tools use. Empty for whoever may
   * have none: a job that reads a pull request's data.
   */
  readonly variables: Readonly<Record<string, string | undefined>>;
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
