import { listedGlobals } from './globals.ts';

/** Names of Python 2, keys and arguments that checks ask for, and methods that the unpickler looks up. */
const OTHERS = `__builtin__ copy_reg xrange unicode long shape dtype numpy_array_alignment_bytes latin1 latin-1 _unpickle
  storage module append extend add _entropy _parse_arg_template _attach_methods _attach_argparser_methods _pa_array _data relative_path offset length`;

/** Codes of NumPy's types that occur again and again. */
const CODES = 'b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 f16 c8 c16 c32 O8 M8 m8 V1 V2 V4 V8 V16';

/**
 * Text that may come back from the memo and matters then: it is kept as a number. All other text is named by its place in
 * the file, and is only read again for the message of a finding.
 */
const WORDS: readonly string[] = [...new Set([...[...listedGlobals()].flat(), ...`${OTHERS} ${CODES}`.split(/\s+/)])];

const PLACES: ReadonlyMap<string, number> = new Map(WORDS.map((word, place) => [word, place]));
const BYTES: readonly Buffer[] = WORDS.map((word) => Buffer.from(word));
const LONGEST = Math.max(...BYTES.map(({ length }) => length));
const BUCKETS = 1 << 13;
/** Places of words, one more than they are, by hash. */
const TABLE: readonly (readonly number[] | undefined)[] = tabulate();

function tabulate(): readonly (readonly number[] | undefined)[] {
  const table: number[][] = [];
  for (const [place, word] of BYTES.entries()) {
    const bucket = hash(word, 0, word.length);
    table[bucket] = [...(table[bucket] ?? []), place];
  }
  return Array.from({ length: BUCKETS }, (_, bucket) => table[bucket]);
}

/** By a few bytes: most text is no word, and its bytes are looked at elsewhere. */
function hash(bytes: Uint8Array, start: number, length: number): number {
  let found = Math.imul(length, 31) + (bytes[start] ?? 0);
  found = Math.imul(found, 31) + (bytes[start + (length >> 1)] ?? 0);
  const end = start + length;
  for (let at = Math.max(start, end - 5); at < end; at += 1) found = (Math.imul(found, 31) + (bytes[at] ?? 0)) | 0;
  return (found ^ (found >>> 13)) & (BUCKETS - 1);
}

/** Whether there is a word of a length with a first byte: most text ends here. */
const FIRSTS = new Uint8Array((LONGEST + 1) * 256);
for (const word of BYTES) FIRSTS[word.length * 256 + (word[0] ?? 0)] = 1;

/** The place of a word that is these bytes, or -1. */
export function wordAt(bytes: Uint8Array, start: number, length: number): number {
  if (length > LONGEST || length === 0 || FIRSTS[length * 256 + (bytes[start] ?? 0)] === 0) return -1;
  const places = TABLE[hash(bytes, start, length)];
  if (places === undefined) return -1;
  for (const place of places) {
    const word = BYTES[place];
    if (word === undefined || word.length !== length) continue;
    let same = 0;
    while (same < length && word[same] === bytes[start + same]) same += 1;
    if (same === length) return place;
  }
  return -1;
}

export function placeOf(text: string): number {
  return PLACES.get(text) ?? -1;
}

export function wordOf(place: number): string {
  return WORDS[place] ?? '';
}

/** Methods that the opcodes, or distributions of SciPy, look up on an instance: a callable under such a name is called in place of the class's own. */
export function isMethod(text: string): boolean {
  return /^(__.*__|append|extend|add|_attach(?:_argparser)?_methods)$/s.test(text);
}

/** As `isMethod`, for bytes of which `wordAt` said that they are no word. */
export function isMethodAt(bytes: Uint8Array, start: number, length: number): boolean {
  const last = start + length - 1;
  return length >= 4 && bytes[start] === 95 && bytes[start + 1] === 95 && bytes[last] === 95 && bytes[last - 1] === 95;
}
