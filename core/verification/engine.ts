import { Sha256 } from '../names.ts';
import { isNamedAsCode } from './code/languages.ts';
import { program } from './code/program.ts';
import { folderOfMetadata, isMetadata, scanMetadata } from './distributed/metadata.ts';
import {
  type Format,
  type FormatVerdict,
  HEAD_SIZE,
  type Note,
  type Rule,
  readExactly,
  type ScanContext,
  ScanError,
  type ScannableFile,
  type ScannedInside,
  type Source,
  TAIL_SIZE,
} from './format.ts';
import { FORMATS } from './formats.ts';
import {
  jsonBytes,
  MAX_FINDING_BYTES,
  MAX_FINDINGS,
  MAX_LISTED_BYTES,
  MAX_LISTED_FILES,
  type ScanFinding,
  type ScannedFile,
} from './report.ts';
import { indexOf, scanShard } from './tensorflow/bundle.ts';
import { failed, notScanned, unknown } from './unread.ts';

/** Containers in containers. Real ones nest three deep: an archive of checkpoints, which are archives of pickles. */
const MAX_DEPTH = 8;
const MAX_FINDINGS_PER_FILE = 50;
/** Bytes, over one scan. At what an inflater in JavaScript does that is about a minute. */
const MAX_INFLATED = 8 * 2 ** 30;
/** Bytes that scans of files in one another may hold at one time, so that the process needs less than 200 MB. */
const MAX_KEPT = 32 * 2 ** 20;

/** Something on disk that is not read. */
export interface Other {
  readonly path: string;
  /** Of nothing. */
  readonly sha256: string;
  /** Why it can't be read; absent for what is no file, such as a link. */
  readonly why?: string;
  /** The time was over before it was read. */
  readonly reason?: 'timed_out';
}

export interface ScanLimits {
  /** Whether the time is over. Asked often: it must be cheap. */
  readonly expired?: () => boolean;
  readonly inflatedBytes?: number;
  readonly listedFiles?: number;
  /** Of the list of files as JSON. */
  readonly listedBytes?: number;
}

/** What the engine itself finds, whatever the format. */
export const ENGINE_RULES: readonly Rule[] = [
  {
    id: 'unknown-format',
    title: 'The content is of no format that can be scanned',
    why: 'Some loader may read as a program what no scanner knows.',
  },
  { id: 'too-large', title: 'Larger than a scan may read', why: 'What was not read may hold anything.' },
  { id: 'timed-out', title: 'The scan ran out of time', why: 'What was not read may hold anything.' },
  { id: 'nested-too-deeply', title: 'Containers nested too deeply', why: 'Nesting hides content from scanners.' },
  { id: 'unsupported-content', title: 'Content that cannot be read here', why: 'What was not read may hold anything.' },
  { id: 'no-file', title: 'No file', why: 'It leads to bytes that were not scanned.' },
  { id: 'crashed', title: 'The scanner failed on this file', why: 'What was not read may hold anything.' },
  { id: 'too-many-files', title: 'More files than a scan may list', why: 'What was not read may hold anything.' },
];

interface Place {
  readonly outer: ScannableFile;
  readonly depth: number;
  /** Verdicts of what is inside. */
  readonly held: FormatVerdict['verdict'][];
}

/** One scan of several files: its budgets, and what it found. */
export class Engine {
  readonly files: ScannedFile[] = [];
  readonly findings: ScanFinding[] = [];
  readonly #beside: ReadonlyMap<string, Source>;
  readonly #limits: ScanLimits;
  #inflated = 0;
  #listedBytes = 0;
  #findingBytes = 0;
  /** Bytes that the scans under way hold. */
  #kept = 0;

  /** @param beside all that is scanned on disk, by path */
  constructor(beside: ReadonlyMap<string, Source>, limits: ScanLimits) {
    this.#beside = beside;
    this.#limits = limits;
  }

  scan(file: ScannableFile): void {
    this.#scan(file, { outer: file, depth: 0, held: [] }, null);
  }

  /** Lists what is no file, or none that can be read. */
  refuse({ path, sha256, why, reason }: Other): void {
    const outer: ScannableFile = { path, sha256, size: 0, read: () => new Uint8Array(0) };
    const entry = entryOf(outer, { outer, depth: 0, held: [] });
    if (reason !== undefined) {
      const { format, notes } = failed('unknown', timedOut());
      this.files.push({ ...entry, format, reason });
      for (const note of notes) this.#find(toFinding(path, note));
      return;
    }
    this.files.push({ ...entry, format: 'no file', reason: 'unreadable' });
    const message = why ?? 'a link, pipe or device, which is not followed';
    const fix =
      why === undefined
        ? 'Scan the file that it leads to, or remove it.'
        : 'Give the scan the right to read it, or remove it.';
    this.#find(toFinding(path, { rule: 'no-file', severity: 'medium', message, fix }));
  }

  #scan(file: Source, place: Place, forced: Pick<Format, 'name' | 'scan'> | null): ScannedInside {
    // The container comes before what is inside of it.
    const entry = entryOf(file, place);
    const index = this.files.push(entry) - 1;
    this.#listedBytes += jsonBytes(entry);
    const kept = this.#kept;
    const own = this.#judge(file, place, forced);
    this.#kept = kept;
    const verdict = worst([own.verdict, ...place.held]);
    const reason = own.verdict === 'unscanned' ? (own.reason ?? 'unsupported_format') : undefined;
    this.files[index] = {
      ...entry,
      format: own.format.slice(0, 64),
      verdict,
      ...(reason === undefined ? {} : { reason }),
    };
    for (const note of own.notes.slice(0, MAX_FINDINGS_PER_FILE)) this.#find(toFinding(file.path, note));
    return { format: own.format, verdict };
  }

  /** Lists a finding while there is room: the verdict holds without it, too. */
  #find(finding: ScanFinding): void {
    if (this.findings.length >= MAX_FINDINGS || this.#findingBytes > MAX_FINDING_BYTES) return;
    this.#findingBytes += jsonBytes(finding);
    this.findings.push(finding);
  }

  #judge(file: Source, place: Place, forced: Pick<Format, 'name' | 'scan'> | null): FormatVerdict {
    if (place.depth > MAX_DEPTH)
      return notScanned('unknown', 'nested_too_deeply', `more than ${MAX_DEPTH} containers in one another`);
    let name = 'unknown';
    try {
      const context = this.#context(place);
      context.tick();
      const format = forced ?? this.#list(file, place) ?? detect(file) ?? this.#listed(file, place);
      if (format === undefined) return unknown();
      name = format.name;
      const found = format.scan(file, context);
      // An interpreter goes by the name, whatever else the bytes are. An empty file does nothing.
      const code = forced === null && found.verdict === 'clean' && file.size > 0 && isNamedAsCode(file.path);
      return code ? program() : found;
    } catch (error) {
      return failed(name, error);
    }
  }

  /** The list of a distributed checkpoint, which is held to the files beside it. */
  #list(file: Source, { depth }: Place): Pick<Format, 'name' | 'scan'> | undefined {
    const folder = depth > 0 ? null : folderOfMetadata(file.path);
    if (folder === null || !isMetadata(file.read(0, Math.min(file.size, 256)))) return undefined;
    const beside = (name: string): Source | undefined => this.#beside.get(`${folder}${name}`);
    return { name: 'distributed-checkpoint', scan: (list, context) => scanMetadata(list, beside, context) };
  }

  /** Tensors of TensorFlow have no mark of their own: the list of them lies beside. */
  #listed(file: Source, { depth }: Place): Pick<Format, 'name' | 'scan'> | undefined {
    const index = depth > 0 ? undefined : this.#beside.get(indexOf(file.path)?.index ?? '');
    if (index === undefined) return undefined;
    return { name: 'tensor-bundle', scan: (shard, context) => scanShard(shard, index, context) };
  }

  #context(place: Place): ScanContext {
    const inside = (inner: Source, forced: Pick<Format, 'name' | 'scan'> | null): ScannedInside => {
      if (this.files.length >= (this.#limits.listedFiles ?? MAX_LISTED_FILES))
        throw new ScanError('too_large', `more than ${MAX_LISTED_FILES} files in all`, 0);
      const listed = this.#limits.listedBytes ?? MAX_LISTED_BYTES;
      if (this.#listedBytes > listed)
        throw new ScanError('too_large', `the names of all files take more than ${listed} bytes`, 0);
      const found = this.#scan(inner, { outer: place.outer, depth: place.depth + 1, held: [] }, forced);
      place.held.push(found.verdict);
      return found;
    };
    return {
      inside: (inner) => inside(inner, null),
      insideAs: (inner, name, scan) => inside(inner, { name, scan }),
      tick: () => {
        if (this.#limits.expired?.() === true) throw timedOut();
      },
      keep: (bytes) => {
        if (this.#kept + bytes > MAX_KEPT)
          throw new ScanError('too_large', `it takes more than ${MAX_KEPT} bytes of memory to scan it`, 0);
        this.#kept += bytes;
      },
      room: () => MAX_KEPT - this.#kept,
      inflated: (bytes) => {
        this.#inflated += bytes;
        const limit = this.#limits.inflatedBytes ?? MAX_INFLATED;
        if (this.#inflated > limit) throw new ScanError('too_large', `it unpacks to more than ${limit} bytes`, 0);
      },
    };
  }
}

function timedOut(): ScanError {
  return new ScanError('timed_out', 'the time for the scan is over', 0);
}

function detect(file: Source): Format | undefined {
  const head = readExactly(file, 0, Math.min(file.size, HEAD_SIZE));
  const tailSize = Math.min(file.size, TAIL_SIZE);
  const tail = readExactly(file, file.size - tailSize, tailSize);
  return FORMATS.find((candidate) => candidate.detect(head, file, tail));
}

function entryOf(file: Source, { outer, depth }: Place): ScannedFile {
  return {
    path: cut(file.path),
    size: file.size,
    sha256: Sha256.parse(outer.sha256),
    ...(depth === 0 ? {} : { container: cut(outer.path) }),
    format: 'unknown',
    verdict: 'unscanned',
  };
}

/** The end of a path says more than its middle. */
function cut(path: string): string {
  return path.length <= 1024 ? path : `${path.slice(0, 500)}…${path.slice(-500)}`;
}

function worst(verdicts: readonly FormatVerdict['verdict'][]): FormatVerdict['verdict'] {
  if (verdicts.includes('finding')) return 'finding';
  return verdicts.includes('unscanned') ? 'unscanned' : 'clean';
}

function toFinding(path: string, note: Note): ScanFinding {
  const { rule, severity, offset, evidence } = note;
  // A place that the file itself gives may be past what a number can count to.
  const counted = offset !== undefined && Number.isSafeInteger(offset) && offset >= 0;
  return {
    rule: rule.slice(0, 64),
    severity,
    file: cut(path),
    ...(counted ? { offset } : {}),
    message: note.message.slice(0, 1000),
    ...(evidence === undefined ? {} : { evidence: evidence.slice(0, 1000) }),
    fix: note.fix.slice(0, 1000),
  };
}
