import { type Document, isAlias, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { repeatedKeys } from '../repeated-keys.ts';
import { NESTED_TOO_DEEPLY, tooDeepAt } from '../yaml-depth.ts';
import { yamlTooHeavy } from '../yaml-weight.ts';
import { crossChecks } from './cross-checks.ts';
import { findingsOf } from './issues.ts';
import { locate } from './positions.ts';
import { type ConfigProblem, type Finding, pathText } from './problem.ts';
import { CONFIG_PATH, Config } from './schema.ts';

export type { ConfigProblem } from './problem.ts';

/** Bytes of UTF-8; no real config comes near, and YAML parsing is not linear. */
export const MAX_CONFIG_BYTES = 256 * 1024;
const MAX_ALIASES = 50;
const MAX_PROBLEMS = 50;
/** Of which the first in the file are reported: to find a place takes as long as its mapping is. */
const MAX_PLACED = 500;
const YAML_MESSAGES: Partial<Record<string, string>> = {
  MULTIPLE_DOCS: 'expected one document: remove "---" and what follows it',
};

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Reads a config: YAML 1.2 core schema without merge keys and custom tags, then the schema, then the checks that take
 * two places. Never throws: the text comes from a pull request. All problems are reported, in the order of the file.
 */
export function parseConfig(text: string, file: string = CONFIG_PATH): ParsedConfig {
  const size = Buffer.byteLength(text);
  if (size > MAX_CONFIG_BYTES) {
    return {
      ok: false,
      problems: [{ message: `expected at most 256 KiB, got ${size} bytes`, path: '', file, line: 1, column: 1 }],
    };
  }
  const heavy = yamlTooHeavy(text);
  if (heavy !== null) return { ok: false, problems: [{ message: heavy, path: '', file, line: 1, column: 1 }] };
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    merge: false,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const place = (finding: Finding): ConfigProblem => {
    const { message, path, at } = finding;
    return { message, path: pathText(path), file, ...locate(document, lines, path, at) };
  };
  const deep = tooDeepAt(document);
  if (deep !== null) {
    const { line, col } = lines.linePos(deep);
    return { ok: false, problems: [{ message: NESTED_TOO_DEEPLY, path: '', file, line, column: col }] };
  }
  const broken = yamlProblems(document, lines, file);
  if (broken.length > 0) return { ok: false, problems: broken.slice(0, MAX_PROBLEMS) };
  const value = toPlain(document);
  if (!value.ok) return { ok: false, problems: [place({ path: [], at: 'value', message: value.message })] };
  const result = Config.safeParse(value.value);
  const read = (path: Finding['path']): unknown => lookUp(value.value, path);
  const findings = result.success
    ? crossChecks(result.data)
    : result.error.issues.flatMap((issue) => findingsOf(issue, read));
  if (result.success && findings.length === 0) return { ok: true, config: result.data };
  const problems = findings
    .slice(0, MAX_PLACED)
    .map(place)
    .sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) };
}

function yamlProblems(document: Document.Parsed, lines: LineCounter, file: string): ConfigProblem[] {
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  // A warning is a tag that we don't know, which would otherwise be read as something else.
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    message: YAML_MESSAGES[error.code] ?? error.message,
    path: '',
    file,
    ...at(error.pos[0]),
  }));
  for (const offset of repeatedKeys(document))
    problems.push({ message: 'this key stands here twice', path: '', file, ...at(offset) });
  let aliases = 0;
  // In the order of the document: an alias names what was anchored before it.
  const anchors = new Set<string>();
  visit(document, (_, node) => {
    if (isNode(node) && !isAlias(node) && node.anchor !== undefined) anchors.add(node.anchor);
    if (isAlias(node) && ++aliases === MAX_ALIASES + 1) {
      problems.push({
        message: `expected at most ${MAX_ALIASES} aliases`,
        path: '',
        file,
        ...at(node.range?.[0] ?? 0),
      });
    }
    if (isAlias(node) && aliases <= MAX_ALIASES && !anchors.has(node.source)) {
      problems.push({
        message: `no anchor "&${node.source}" before this alias`,
        path: '',
        file,
        ...at(node.range?.[0] ?? 0),
      });
    }
    // zod drops this key without a word, so it is refused here.
    if (isScalar(node) && node.value === '__proto__') {
      problems.push({ message: '"__proto__" can\'t be used', path: '', file, ...at(node.range?.[0] ?? 0) });
    }
  });
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

function toPlain(document: Document.Parsed): { ok: true; value: unknown } | { ok: false; message: string } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (error) {
    // yaml throws on unresolved, circular and explosive aliases.
    return { ok: false, message: error instanceof Error ? error.message : "the aliases can't be resolved" };
  }
}

function lookUp(value: unknown, path: Finding['path']): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = Reflect.get(current, part);
  }
  return current;
}
