/** What a person can act on; of all others the code alone, since Node's message holds the path once more. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ENOSPC: 'no space is left',
  EROFS: 'the file system is read-only',
};

/** Why a file could not be used, in words and with the code of the system: `there is no such file or folder (ENOENT)`. */
export function whyOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (!('code' in cause)) return cause.message;
  const code = String(cause.code);
  const words = WORDS[code];
  return words === undefined ? code : `${words} (${code})`;
}
