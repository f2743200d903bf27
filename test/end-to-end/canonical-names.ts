/** What differs between two passes of one story, and the name that stands for all of its kind. */
interface Kind {
  readonly kind: string;
  /** Its first group is what differs. */
  readonly pattern: RegExp;
}

const of = (kind: string, pattern: RegExp): Kind => ({ kind, pattern });

/** Of GitHub's numbers, each kind counts for itself. Earlier ones win. */
const KINDS: readonly Kind[] = [
  of('run', /\b([0-7][0-9A-HJKMNP-TV-Z]{25})\b/g),
  of('digest', /\b([0-9a-f]{64})\b/g),
  of('sha', /\b([0-9a-f]{40})\b/g),
  of('uuid', /\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/g),
  of('workflow', /"(?:workflowRun|trainRun|judgeRun|runId)": (\d+)/g),
  of('workflow', /\/actions\/runs\/(\d+)/g),
  of('job', /\/jobs?\/(\d+)/g),
  of('artifact', /\/artifacts\/(\d+)/g),
  of('artifact', /"id": (\d+)/g),
  of('comment', /"commentId": (\d+)/g),
  of('comment', /(?:issuecomment-|\/comments\/|\bcomment )(\d+)/g),
  of('check', /\/(?:check-)?runs\/(\d+)/g),
  of('deployment', /\/deployments\/(\d+)/g),
  of('asset', /\/assets\/(\d+)/g),
  of('release', /\/releases\/(\d+)/g),
];

/** What says nothing by which passes could be told apart. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/https?:\/\/(?:127\.0\.0\.1|localhost|github\.localhost)(?::\d+)?/g, '<server>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC)?/g, '<time>'],
  [/(?<="seconds": )[\d.]+/g, '<seconds>'],
  [/\b(?:\d+ h(?: \d+ min)?|\d+ min(?: \d+ s)?|\d+ s)(?![\w/])/g, '<duration>'],
];
const SHORT = /\b[0-9a-f]{7,12}\b/g;

type Name = (kind: string, raw: string) => string;

function replaced(text: string, name: Name): string {
  const masked = MASKS.reduce((before, [pattern, mask]) => before.replaceAll(pattern, mask), text);
  return KINDS.reduce(
    (before, { kind, pattern }) =>
      before.replaceAll(pattern, (match: string, raw: string) => match.replace(raw, () => name(kind, raw))),
    masked,
  );
}

/** Texts by what they are about. */
export type Sections = Readonly<Record<string, readonly string[]>>;

/** All beginnings of an id by which people name it. */
function abbreviations(texts: readonly string[]): ReadonlyMap<string, string> {
  const long = new Set(texts.flatMap((text) => text.match(/\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b/g) ?? []));
  const shortened = [7, 8, 10, 12].flatMap((length) => [...long].map((id) => [id.slice(0, length), id] as const));
  return new Map(shortened);
}

/**
 * Replaces whatever two passes of the same story never share (ids, digests, times, addresses) by names in order of
 * first appearance, so that equal structures are equal texts. Texts of a section are sorted by what they say without
 * ids; those that say the same stay in the order they came in.
 */
export function canonical(sections: Sections): Sections {
  const full = abbreviations(Object.values(sections).flat());
  const expanded = (text: string): string => text.replaceAll(SHORT, (short) => full.get(short) ?? short);
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const namedIn =
    (section: string): Name =>
    (kind, raw) => {
      const key = `${kind} ${raw}`;
      const known = names.get(key);
      if (known !== undefined) return known;
      // Counted by section: what is one too many in one renames nothing in the next.
      const scope = `${kind} ${section}`;
      const number = (counts.get(scope) ?? 0) + 1;
      counts.set(scope, number);
      const name = `<${kind} ${section} ${number}>`;
      names.set(key, name);
      return name;
    };
  const unnamed: Name = (kind) => `<${kind}>`;
  const entries = Object.entries(sections).map(([section, texts]) => {
    const sorted = texts
      .map((text) => ({ text: expanded(text), key: replaced(expanded(text), unnamed) }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    return [section, sorted.map(({ text }) => replaced(text, namedIn(section)))] as const;
  });
  return Object.fromEntries(entries);
}

/** The lines by which two texts differ, with the line before each; enough to see, not a shortest edit. */
function lineDifference(from: string, to: string): string {
  const [before, after] = [from.split('\n'), to.split('\n')];
  const lines = before.flatMap((line, index) =>
    after.includes(line) ? [] : [...(index > 0 ? [`    ${before[index - 1]}`] : []), `  - ${line}`],
  );
  const added = after.filter((line) => !before.includes(line)).map((line) => `  + ${line}`);
  return [...lines, ...added].join('\n') || '  (the same lines in another order)';
}

const headline = (text: string): string => text.split('\n', 1)[0] ?? '';

/** What is missing, too much or otherwise in `found`, in words; empty when both are equal. */
export function differences(expected: Sections, found: Sections): readonly string[] {
  const sections = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  return sections.flatMap((section) => {
    const extra = [...(found[section] ?? [])];
    const missing = (expected[section] ?? []).filter((text) => {
      const at = extra.indexOf(text);
      if (at >= 0) extra.splice(at, 1);
      return at < 0;
    });
    const said = missing.map((text) => {
      const like = extra.findIndex((other) => headline(other) === headline(text));
      if (like < 0) return `${section}: missing\n${text}`;
      const [other = ''] = extra.splice(like, 1);
      return `${section}: otherwise\n    ${headline(text)}\n${lineDifference(text, other)}`;
    });
    return [...said, ...extra.map((text) => `${section}: too much\n${text}`)];
  });
}
