import { evidenceOf, type Note, type Severity } from '../format.ts';

/** What a configuration holds, with the place in it as keys and indices. Text in it is the attacker's. */
export function configNote(rule: string, severity: Severity, message: string, fix: string, evidence: unknown): Note {
  return { rule, severity, message, fix, evidence: evidenceOf(plain(evidence)) };
}

/** The first few values, one level deep: what is nested may be as large as the file. */
function plain(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  const shown = Object.entries(value)
    .slice(0, 8)
    .map(
      ([key, item]) =>
        `${key.slice(0, 50)}: ${typeof item === 'object' && item !== null ? '…' : String(item).slice(0, 100)}`,
    );
  return shown.join(', ');
}

export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Each mapping at any depth, outermost first. It keeps its own stack, for documents can nest deeper than calls. */
export function* mappings(root: unknown): Generator<Mapping> {
  const open: unknown[] = [root];
  // Aliases of YAML make one value occur at several places, or in itself.
  const seen = new Set<unknown>();
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (isMapping(value)) yield value;
    for (const item of Object.values(value)) open.push(item);
  }
}

/** Whether a path is absolute, of another machine, or leaves its folder. */
export function leavesFolder(path: string): boolean {
  return /^[/\\~]|^[A-Za-z][A-Za-z0-9+.-]*:|(^|[/\\])\.\.([/\\]|$)|\0/.test(path);
}
