import type { LedgerEntry } from '../ledger/entry.ts';
import { type LedgerState, type ModelState, modelState } from '../ledger/fold.ts';
import type { ModelName } from '../names.ts';
import { formatStageTag, formatVersionTag, parseGtoTag } from './gto.ts';

/** A tag of the repository. */
export interface AuditedTag {
  readonly name: string;
  /** The commit that it points at in the end. */
  readonly target: string;
  readonly message: string;
}

/** Something that freezes a model's promotion (invariant 10). `found` is in words, at most 500 characters, unescaped. */
export interface Freeze {
  readonly reason: Extract<LedgerEntry, { kind: 'freeze' }>['reason'];
  readonly tag: string;
  readonly found: string;
}

/** The line in a tag's message that names the ledger's head when the tag was made. */
export const LEDGER_TRAILER = 'Trainyard-Ledger';

export interface Audit {
  readonly model: ModelName;
  readonly ledger: LedgerState;
  /** All tags of the repository, or those that begin with the model's name. */
  readonly tags: readonly AuditedTag[];
  /** Commits of the ledger's ref, from its present head to its first. */
  readonly ledgerCommits: readonly string[];
  /** Tags that a promotion under way is about to make: their absence is no finding. */
  readonly pending?: ReadonlySet<string>;
}

/**
 * Holds a model's tags against its ledger. Anyone with write access can push or delete a tag, or set the ledger's ref
 * back: each shows here, and nothing is promoted until a person has looked.
 */
export function auditTags({ model, ledger, tags, ledgerCommits, pending = new Set() }: Audit): Freeze[] {
  const expected = expectedTags(model, modelState(ledger, model));
  const mine = tags.filter(({ name }) => parseGtoTag(name)?.artifact === model);
  const present = new Set(mine.map(({ name }) => name));
  const known = new Set(ledgerCommits);
  const missing = [...expected.keys()]
    .filter((name) => !present.has(name) && !pending.has(name))
    .map((name) => freeze('tag_missing', name, `the ledger records the tag ${name}, which is gone`));
  return [...mine.flatMap((tag) => auditTag(tag, expected.get(tag.name), known)), ...missing];
}

/** Every tag that the ledger's entries of a model ask for, with the commit that it must point at. */
export function expectedTags(model: ModelName, state: ModelState): Map<string, string> {
  return new Map([
    ...state.versions.map(({ version, commit }) => [formatVersionTag(model, version), commit] as const),
    ...state.assignments.map(({ stage, counter, commit }) => [formatStageTag(model, stage, counter), commit] as const),
  ]);
}

/** The ledger commit that a tag's message names in its last such line; null without one. */
export function ledgerTrailer(message: string): string | null {
  const lines = message.slice(0, 65_536).split(/\r?\n/);
  const line = lines.findLast((text) => text.startsWith(`${LEDGER_TRAILER}: `));
  return line === undefined ? null : line.slice(LEDGER_TRAILER.length + 2).trim();
}

function auditTag(tag: AuditedTag, target: string | undefined, known: ReadonlySet<string>): Freeze[] {
  const trailer = ledgerTrailer(tag.message);
  if (trailer !== null && !known.has(trailer)) {
    const found = `the tag ${tag.name} was made at ledger commit ${trailer.slice(0, 64)}, which the ledger no longer descends from`;
    return [freeze('ledger_rewound', tag.name, found)];
  }
  if (target === undefined) {
    return [freeze('tag_unsigned', tag.name, `no signed entry of the ledger stands behind the tag ${tag.name}`)];
  }
  if (target === tag.target) return [];
  return [
    freeze(
      'tag_moved',
      tag.name,
      `the tag ${tag.name} points at ${tag.target.slice(0, 64)}; the ledger says ${target}`,
    ),
  ];
}

function freeze(reason: Freeze['reason'], tag: string, found: string): Freeze {
  return { reason, tag, found: found.slice(0, 500) };
}
