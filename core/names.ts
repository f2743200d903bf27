import { z } from 'zod';

/**
 * Branded names and ids that cross every layer. Each schema is the only way to make one, so a value of the type has
 * already been checked against the grammar that git, GTO and the file system need.
 */

/** GTO artifact name (FORMATS: `[a-zA-Z0-9]([a-zA-Z0-9-/_]*[a-zA-Z0-9])?`), narrowed to what also is a safe file name. */
export const ModelName = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and inner hyphens')
  .brand<'ModelName'>();
export type ModelName = z.infer<typeof ModelName>;

export const DatasetName = z
  .string()
  .max(64)
  .regex(/^[a-z]([a-z0-9_]*[a-z0-9])?$/, 'lower-case letters, digits and inner underscores')
  .brand<'DatasetName'>();
export type DatasetName = z.infer<typeof DatasetName>;

export const StageName = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and inner hyphens')
  .brand<'StageName'>();
export type StageName = z.infer<typeof StageName>;

/** Becomes `TRAINYARD_PARAM_<NAME>` in the environment of training. */
export const ParamName = z
  .string()
  .max(64)
  .regex(/^[a-z]([a-z0-9_]*[a-z0-9])?$/, 'lower-case letters, digits and inner underscores')
  .brand<'ParamName'>();
export type ParamName = z.infer<typeof ParamName>;

export const MetricName = z
  .string()
  .max(64)
  .regex(/^[A-Za-z]([A-Za-z0-9_@.-]*[A-Za-z0-9])?$/, 'letters, digits and inner "_", "-", "." or "@"')
  .brand<'MetricName'>();
export type MetricName = z.infer<typeof MetricName>;

/** A full, lower-case SHA-1 (or SHA-256) object id of git. */
export const GitId = z
  .string()
  .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'a full git object id')
  .brand<'GitId'>();
export type GitId = z.infer<typeof GitId>;

/** SHA-256 as 64 lower-case hex digits. */
export const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex')
  .brand<'Sha256'>();
export type Sha256 = z.infer<typeof Sha256>;

/** ULID: 26 characters of Crockford base 32, sorts by time. */
export const RunId = z
  .string()
  .regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'a ULID')
  .brand<'RunId'>();
export type RunId = z.infer<typeof RunId>;

/** `1.2.0`, without the `v` of the tag. */
export const Version = z
  .string()
  .regex(/^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/, 'MAJOR.MINOR.PATCH')
  .brand<'Version'>();
export type Version = z.infer<typeof Version>;

/**
 * A path inside the repository: relative, `/`-separated, no empty, `.` or `..` segment, no `.git`, no control
 * character, backslash or colon. It may end in `/` to say "folder"; the slash is dropped.
 */
export const RepoPath = z
  .string()
  .min(1)
  .max(1024)
  .transform((path) => path.replace(/\/$/, ''))
  .refine(
    (path) =>
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
      !/[\u0000-\u001f\u007f\\:]/.test(path) &&
      path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git'),
    'a path inside the repository (relative, no "..", no ".git")',
  )
  .brand<'RepoPath'>();
export type RepoPath = z.infer<typeof RepoPath>;

/** `owner/name`. */
export const RepositoryName = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/, 'owner/name')
  .brand<'RepositoryName'>();
export type RepositoryName = z.infer<typeof RepositoryName>;

/** ISO 8601 in UTC; GitHub's own times have one-second resolution. */
export const Instant = z.iso.datetime().brand<'Instant'>();
export type Instant = z.infer<typeof Instant>;
