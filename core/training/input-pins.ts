import { createHash, type Hash } from 'node:crypto';
import { folderDigest, type ListedFile } from '../data/sources/folder-digest.ts';
import { Sha256 } from '../names.ts';
import { readTar, TarError, type TarEvent } from '../packaging/tar.ts';

/** What fixes the content of one declared input: git's own id, the oid of Git LFS or the config's `sha256`, or DVC's md5. */
export type FilePin =
  | { readonly kind: 'git'; readonly id: string; readonly size: number; readonly executable: boolean }
  | { readonly kind: 'sha256'; readonly digest: string; readonly size: number | null }
  | { readonly kind: 'md5'; readonly digest: string };

/** What fixes all files below a folder at once: the config's `sha256` of their list, or the md5 of DVC's own. */
export interface FolderPin {
  readonly kind: 'sha256' | 'md5';
  readonly digest: string;
}

/** Everything that training may read of a commit, by path, and what each of it has to be. */
export interface InputPins {
  readonly files: ReadonlyMap<string, FilePin>;
  readonly folders: ReadonlyMap<string, FolderPin>;
}

/** Inputs that are not what the commit says. The message names the path, what was expected and what was found. */
export class InputPinError extends Error {
  readonly code: 'mismatch' | 'not_declared' | 'missing' | 'malformed';

  constructor(code: InputPinError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InputPinError';
    this.code = code;
  }
}

/**
 * Passes an archive of inputs on and holds each of its files to what pins it. The archive is anybody's; since every byte
 * is compared, it does not matter who made it, and equal pins give equal archives.
 *
 * @param maxBytes of all files together
 * @throws InputPinError before the end of the archive was passed on: what came before is not to be used then
 */
export async function* heldToPins(
  archive: AsyncIterable<Uint8Array>,
  pins: InputPins,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  const check = new PinCheck(pins);
  const passing: Uint8Array[] = [];
  async function* tapped(): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of archive) {
      passing.push(chunk);
      yield chunk;
    }
  }
  try {
    for await (const event of readTar(tapped(), { maxBytes })) {
      check.take(event);
      yield* passing.splice(0);
    }
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    throw new InputPinError('malformed', `the archive of inputs can’t be read: ${error.message}`, { cause: error });
  }
  check.end();
  yield* passing;
}

interface Reading {
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
  readonly pin: FilePin | FolderPin;
  /** Null for a file with a pin of its own. */
  readonly folder: string | null;
  readonly hash: Hash;
}

interface Found {
  readonly path: string;
  readonly bytes: number;
  readonly digest: string;
}

class PinCheck {
  readonly #pins: InputPins;
  readonly #missing: Set<string>;
  readonly #found: Map<string, Found[]>;
  #reading: Reading | null = null;

  constructor(pins: InputPins) {
    this.#pins = pins;
    this.#missing = new Set(pins.files.keys());
    this.#found = new Map([...pins.folders.keys()].map((folder) => [folder, []]));
  }

  take(event: TarEvent): void {
    if (event.kind === 'data') {
      this.#reading?.hash.update(event.bytes);
      return;
    }
    this.#close();
    this.#reading = this.#open(event);
  }

  end(): void {
    this.#close();
    const [missing] = this.#missing;
    if (missing !== undefined) throw new InputPinError('missing', `expected ${missing} among the inputs, found none`);
    for (const [folder, files] of this.#found) {
      const pin = this.#pins.folders.get(folder);
      const digest = pin?.kind === 'md5' ? dvcDigest(files) : folderDigest(files.map(listed));
      if (digest !== pin?.digest)
        throw mismatch(folder, `${pin?.kind} ${pin?.digest} of its list of files`, `${digest} of ${files.length}`);
    }
  }

  #open({ path, size, executable }: Extract<TarEvent, { kind: 'file' }>): Reading {
    const own = this.#pins.files.get(path);
    if (own !== undefined) return { path, size, executable, pin: own, folder: null, hash: hashFor(own, size) };
    const folder = [...this.#pins.folders.keys()].find((above) => path.startsWith(`${above}/`));
    const pin = folder === undefined ? undefined : this.#pins.folders.get(folder);
    if (folder === undefined || pin === undefined)
      throw new InputPinError('not_declared', `expected declared inputs alone, found ${JSON.stringify(path)}`);
    return { path, size, executable, pin, folder, hash: createHash(pin.kind) };
  }

  #close(): void {
    const reading = this.#reading;
    if (reading === null) return;
    this.#reading = null;
    const { path, size, executable, pin, folder } = reading;
    const digest = reading.hash.digest('hex');
    // Data from elsewhere is no program: what makes it one is no part of its pin.
    if (executable !== (pin.kind === 'git' && pin.executable))
      throw mismatch(path, `a file that ${executable ? 'is not' : 'is'} executable`, 'the other');
    if (folder !== null) {
      this.#found.get(folder)?.push({ path: path.slice(folder.length + 1), bytes: size, digest });
      return;
    }
    this.#missing.delete(path);
    const expected = pin.kind === 'git' ? pin.id : pin.digest;
    if (digest !== expected) throw mismatch(path, `${pin.kind} ${expected}`, digest);
    if ('size' in pin && pin.size !== null && pin.size !== size)
      throw mismatch(path, `${pin.size} bytes`, String(size));
  }
}

function mismatch(path: string, expected: string, found: string): InputPinError {
  return new InputPinError('mismatch', `${path}: expected ${expected}, found ${found}`);
}

function hashFor(pin: FilePin, size: number): Hash {
  if (pin.kind !== 'git') return createHash(pin.kind);
  return createHash(pin.id.length === 64 ? 'sha256' : 'sha1').update(`blob ${size}\0`);
}

const listed = ({ path, bytes, digest }: Found): ListedFile => ({ path, bytes, sha256: Sha256.parse(digest) });

/** As DVC writes the list of a folder: Python's JSON with sorted keys, files in the order of their code points. */
function dvcDigest(files: readonly Found[]): string {
  const entries = files
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
    .map(({ path, digest }) => `{"md5": "${digest}", "relpath": ${pythonString(path)}}`);
  return createHash('md5')
    .update(`[${entries.join(', ')}]`)
    .digest('hex');
}

/** Python leaves nothing but ASCII in JSON. */
function pythonString(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
