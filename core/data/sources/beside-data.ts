/** What a file of a folder is to its dataset. */
export type Place =
  | 'data'
  /** What people and tools keep beside data: left out, and named in the report. */
  | 'beside'
  /** Data by its name, in a place that some readers leave out (Spark, pyarrow) and others read. */
  | 'doubtful';

/** Files that say something about data, or of how it is kept. A name that holds a format of data is none of them. */
const NAMES =
  /^(?:(?:readme|licen[cs]e|copying|notice|changelog|contributing)(?:\.(?:md|txt|rst))?|citation\.cff|thumbs\.db|desktop\.ini)$/i;
/** What tools write among data, whatever its names. */
const FOLDERS: ReadonlySet<string> = new Set([
  ...['_delta_log', '_temporary', '_spark_metadata', '.ipynb_checkpoints', '__macosx', '.git', '.dvc', '.cache'],
]);
const DATA = /\.(?:csv|tsv|tab|jsonl|ndjson|json|parquet|pq|arrows?|ipc|feather)(?:\.(?:gz|gzip|zst|zstd))?$/i;

/**
 * Whether a file belongs to the dataset that its folder is.
 * @param path from that folder, with `/`; a folder `_key=value` is a partition
 */
export function placeOf(path: string): Place {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  const folders = parts.filter((part) => /^[._]/.test(part) && !part.includes('='));
  if (folders.some((part) => FOLDERS.has(part.toLowerCase()))) return 'beside';
  // AppleDouble: what macOS keeps of another file.
  if (name.startsWith('._')) return 'beside';
  if (folders.length > 0 || /^[._]/.test(name)) return DATA.test(name) ? 'doubtful' : 'beside';
  return besideAlways(name) ? 'beside' : 'data';
}

/** Whether a file of such a name is no data either where a pattern matches it. */
export function besideAlways(name: string): boolean {
  return (
    NAMES.test(name) ||
    /^(?:_SUCCESS|_metadata|_common_metadata|\..*\.crc|\.git(?:keep|ignore|attributes)|\.DS_Store)$/.test(name)
  );
}

/** Why a file in such a place is refused. */
export function doubtful(name: string): string {
  return `${name}: some readers leave out what begins with . or _ and others read it: rename it, or take it out of the folder`;
}
