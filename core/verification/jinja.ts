import { unbounded } from './jinja-bounds.ts';
import { isComputed, isNumber, makesText, type Names, namesOf } from './jinja-names.ts';
import { follows, isOperator, readTags, splitAt, type Tag, type Token, within } from './jinja-tags.ts';

/** One thing in a template that no chat template needs. */
export interface JinjaProblem {
  readonly kind:
    | 'private-attribute'
    /** Anywhere in the text, in a tag or out of it. */
    | 'private-name'
    | 'computed-attribute'
    | 'dangerous-name'
    | 'other-template'
    | 'unbounded'
    | 'unreadable';
  readonly message: string;
  /** The piece of the template, as it stands there: escape it. */
  readonly evidence: string;
  /** Character of the template, from 0. */
  readonly at: number;
}

/** Characters. The longest published chat templates have some 30,000. */
const MAX_TEMPLATE = 1_000_000;
const MAX_PROBLEMS = 20;

/** What Jinja gives to every template or frameworks add, and what leads from there to the interpreter. */
const DANGEROUS = new Set(
  `lipsum self request os sys subprocess builtins importlib eval exec popen globals locals vars getattr setattr
   open compile breakpoint url_for get_flashed_messages`.split(/\s+/),
);
/** Filters that take the name of an attribute. */
const BY_ATTRIBUTE = new Set('selectattr rejectattr map groupby sort sum unique min max'.split(' '));
/** Whatever a lexer makes of the rest: no template has these names, in a tag or out of it. */
export const INTERNALS =
  /__(?:class|base|bases|mro|subclasses|globals|init|builtins|import|dict|reduce|reduce_ex|getattribute|getattr|getitem|code|closure|func|self|loader|spec|call)__/g;
/**
 * What in a Jinja template (a chat template of a tokenizer or GGUF file) could reach the interpreter that renders it
 * (CVE-2024-34359): names with underscores around them, attributes whose name is computed, and other templates. Only the
 * code in tags counts, since the text around it is a prompt.
 */
export function jinjaProblems(template: string): readonly JinjaProblem[] {
  if (template.length > MAX_TEMPLATE)
    return [unreadable(`a template of ${template.length} characters`, template.slice(0, 80), 0)];
  const found: JinjaProblem[] = [...template.matchAll(INTERNALS)].slice(0, MAX_PROBLEMS).map((match) => ({
    kind: 'private-name',
    message: `it names ${match[0]}, an internal of Python`,
    evidence: template.slice(Math.max(0, match.index - 40), match.index + 60),
    at: match.index,
  }));
  const { tags, broken } = readTags(template);
  if (broken !== null) found.push(unreadable(broken.message, template.slice(broken.at, broken.at + 80), broken.at));
  const names = namesOf(tags);
  const given = givenOf(tags);
  if (!names.settled) found.push(unreadable('names that are given to one another too often', template.slice(0, 80), 0));
  for (const tag of tags) {
    if (found.length >= MAX_PROBLEMS) break;
    for (const problem of [...judge(tag, names), ...callsOf(tag, given)])
      found.push({ ...problem, evidence: template.slice(problem.at, problem.at + 100) });
  }
  for (const { message, at } of unbounded(tags))
    found.push({ kind: 'unbounded', message, at, evidence: template.slice(at, at + 100) });
  return found.slice(0, MAX_PROBLEMS);
}

type Found = Omit<JinjaProblem, 'evidence'>;

/** Names that statements give values to, those of a namespace with it before them. */
function givenOf(tags: readonly Tag[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { kind, tokens } of tags) {
    if (kind !== 'statement' || tokens[0]?.text !== 'set') continue;
    for (const [index, { kind: of, text }] of tokens.entries()) {
      if (of === 'mark' && text === '=') break;
      if (index > 0 && of === 'name') names.add(nameAt(tokens, index));
    }
  }
  return names;
}

/** A name, with what it is an attribute of. */
function nameAt(tokens: readonly Token[], index: number): string {
  const name = tokens[index]?.text ?? '';
  return tokens[index - 1]?.text === '.' ? `${tokens[index - 2]?.text ?? ''}.${name}` : name;
}

/** Calls of what was taken by a key, where it stands or by the name that it was given: a key of a message can be any attribute. */
function callsOf({ tokens }: Tag, given: ReadonlySet<string>): readonly Found[] {
  return tokens.flatMap(({ kind, text }, index) => {
    const before = tokens[index - 1];
    if (kind !== 'mark' || text !== '(' || before === undefined) return [];
    const item = before.kind === 'mark' && before.text === ']';
    const named = before.kind === 'name' && tokens[index - 2]?.text !== '|' && given.has(nameAt(tokens, index - 1));
    const message = 'it calls what it takes by a key or keeps in a variable';
    return item || named ? [{ kind: 'computed-attribute' as const, message, at: before.at }] : [];
  });
}

function judge({ kind, tokens }: Tag, names: Names): readonly Found[] {
  const found: Found[] = [];
  const [first] = tokens;
  if (kind === 'statement' && first !== undefined && /^(?:import|from|include|extends)$/.test(first.text))
    found.push({ kind: 'other-template', message: `${first.text} loads another template`, at: first.at });
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1];
    const problem =
      token.kind === 'string'
        ? judgeString(token)
        : token.kind === 'name'
          ? (judgeName(token, before, tokens[index + 1]) ?? judgeFormat(tokens, index))
          : token.text === '[' && follows(before)
            ? judgeSubscript(tokens, index, names)
            : null;
    if (problem !== null) found.push(problem);
    if (token.kind === 'name' && before?.text === '|') found.push(...judgeFilter(tokens, index));
  }
  return found;
}

/** A width by which Python formats one value to more than a million characters. */
const WIDE = /%[-+ #0]*(?:\d{7,}|\d*\.\d{7,})|\{[^{}]*:[^{}]*\d{7,}/;

function judgeString({ text, at }: Token): Found | null {
  if (WIDE.test(text)) return { kind: 'unbounded', message: 'it formats to more than a million characters', at };
  if (!/__\w|\w__/.test(text)) return null;
  return { kind: 'private-attribute', message: 'a text holds the name of an internal attribute', at };
}

function judgeName({ text, at }: Token, before: Token | undefined, after: Token | undefined): Found | null {
  const attribute = before?.kind === 'mark' && before.text === '.';
  // Python folds letters of other widths into these.
  const plain = text.normalize('NFKC');
  if (plain.includes('__') || (attribute && plain.startsWith('_')))
    return { kind: 'private-attribute', message: `${plain} is an internal attribute`, at };
  if (attribute && /^(?:mro|func_globals|gi_frame|gi_code|f_globals|f_builtins|tb_frame)$/.test(plain))
    return { kind: 'private-attribute', message: `${plain} leads to internals of Python`, at };
  const called = after?.kind === 'mark' && after.text === '(';
  if (attribute && called && /^(?:popen|system|check_output|exec|eval|import_module)$/.test(plain))
    return { kind: 'dangerous-name', message: `${plain} runs code`, at };
  const used = called || (after?.kind === 'mark' && ['.', '['].includes(after.text));
  if (!attribute && used && DANGEROUS.has(plain))
    return { kind: 'dangerous-name', message: `${plain} has no use in a chat template`, at };
  return null;
}

/** `'{0.x}'.format(y)` takes attributes by what stands in the text, which must be plain for that. */
function judgeFormat(tokens: readonly Token[], index: number): Found | null {
  const [value, dot, method] = [tokens[index - 2], tokens[index - 1], tokens[index]];
  if (dot?.text !== '.' || !/^format(?:_map)?$/.test(method?.text ?? '') || value === undefined) return null;
  if (value.kind === 'string' && !/\{[^{}]*[.[]/.test(value.text)) return null;
  return { kind: 'computed-attribute', message: 'it formats by a text that may name attributes', at: value.at };
}

/** Jinja takes an item for an attribute where there is no such item, so a name made of parts can be any attribute. */
function judgeSubscript(tokens: readonly Token[], open: number, names: Names): Found | null {
  const inner = within(tokens, open);
  const at = tokens[open]?.at ?? 0;
  const calls = inner.some(
    ({ kind, text }, index) =>
      kind === 'mark' && text === '(' && inner[index - 1]?.kind === 'name' && !isOperator(inner[index - 1]?.text),
  );
  // A part of a list is no name, and neither is a number.
  if (splitAt(inner, [':']).length > 1 || isNumber(inner, names)) return null;
  if (!makesText(inner, names) && !calls && !isComputed(inner, names)) return null;
  return { kind: 'computed-attribute', message: 'an item or attribute whose name is put together of parts', at };
}

function judgeFilter(tokens: readonly Token[], index: number): readonly Found[] {
  const filter = tokens[index];
  if (filter === undefined) return [];
  const { text, at } = filter;
  if (text === 'attr') return [{ kind: 'computed-attribute', message: 'the filter attr reaches any attribute', at }];
  if (!BY_ATTRIBUTE.has(text) || tokens[index + 1]?.text !== '(') return [];
  const inner = within(tokens, index + 1);
  const [first, , value] = inner;
  if (text === 'map' && first?.kind === 'string' && first.text === 'attr')
    return [{ kind: 'computed-attribute', message: 'the filter attr reaches any attribute', at }];
  const name = inner.find(({ text: word }, place) => word === 'attribute' && inner[place + 1]?.text === '=');
  const given =
    name === undefined
      ? text.endsWith('attr') || text === 'groupby' || text === 'map'
        ? first
        : undefined
      : inner[inner.indexOf(name) + 2];
  const next = name === undefined ? inner[1] : inner[inner.indexOf(name) + 3];
  const literal =
    given === undefined ||
    ((given.kind === 'string' || given.kind === 'number') && (next === undefined || next.text === ','));
  if (literal || (text === 'map' && name === undefined && value === undefined && first?.kind === 'string')) return [];
  return [{ kind: 'computed-attribute', message: `${text} by an attribute whose name is computed`, at }];
}

function unreadable(message: string, evidence: string, at: number): JinjaProblem {
  return { kind: 'unreadable', message, evidence, at };
}
