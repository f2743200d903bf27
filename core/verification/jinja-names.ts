import { follows, isOperator, splitAt, type Tag, type Token, within } from './jinja-tags.ts';

/** Of names given to names given to names. */
const MAX_ROUNDS = 20;

/** What a template gives its names; what a namespace holds goes by the name of its attribute. */
export interface Names {
  /** Given a text, so that adding to them makes another text. */
  readonly textual: Set<string>;
  /** Given a text that was put together of parts. */
  readonly computed: Set<string>;
  /** Given numbers and nothing else; attributes of namespaces as `space.attribute`. */
  readonly numbers: ReadonlySet<string>;
  /** Whether all of them were found. */
  settled: boolean;
}

/** What `set`, `for`, `with`, `call` and macros give their names, until nothing new is learned. */
export function namesOf(tags: readonly Tag[]): Names {
  const names: Names = { textual: new Set(), computed: new Set(), numbers: numbersOf(tags), settled: false };
  const given = parametersOf(tags);
  for (const name of given.all) names.textual.add(name);
  for (const macro of given.macros.keys()) names.computed.add(macro);
  // What the model says beside the template: a token may be the name of an attribute.
  for (const { tokens } of tags)
    for (const { kind, text } of tokens) if (kind === 'name' && /_tokens?$/.test(text)) names.computed.add(text);
  for (let round = 0; round < MAX_ROUNDS && !names.settled; round += 1) {
    const before = names.textual.size + names.computed.size;
    for (const { tokens } of tags) {
      learn(tokens, names);
      for (const name of givenTo(tokens, given, names)) names.computed.add(name);
    }
    names.settled = before === names.textual.size + names.computed.size;
  }
  return names;
}

interface Parameters {
  /** Of each macro, and of several by one name together, by place: each that stands there. */
  readonly macros: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** Names that are given something, which may be another macro. */
  readonly given: ReadonlySet<string>;
  /** Of macros, of blocks that macros call, and of loops that call themselves. */
  readonly all: readonly string[];
}

/** What a macro has without naming it. */
const REST = ['varargs', 'kwargs'];

function parametersOf(tags: readonly Tag[]): Parameters {
  const macros = new Map<string, readonly (readonly string[])[]>();
  const all = [...REST];
  const given = new Set<string>();
  for (const { tokens } of tags) {
    const [first, second] = tokens;
    const isMacro = first?.text === 'macro';
    for (const name of isMacro ? namesIn(tokens.slice(2)) : bindings(tokens).map(([bound]) => bound)) given.add(name);
    if (first?.text === 'macro' && second !== undefined) {
      const before = macros.get(second.text) ?? [];
      const places = splitAt(within(tokens, 2), [',']).map((part) => namesIn(part.slice(0, 1)));
      const count = Math.max(before.length, places.length);
      macros.set(
        second.text,
        Array.from({ length: count }, (_, at) => [...(before[at] ?? []), ...(places[at] ?? [])]),
      );
      all.push(...namesIn(tokens.slice(2)));
    }
    if (first?.text === 'call' && second?.text === '(') all.push(...namesIn(within(tokens, 1)));
    if (first?.text === 'for' && tokens.at(-1)?.text === 'recursive')
      all.push(
        ...namesIn(
          tokens.slice(
            1,
            Math.max(
              1,
              tokens.findIndex(({ text }) => text === 'in'),
            ),
          ),
        ),
      );
  }
  return { macros, given, all };
}

/** Functions that a template is given, and methods of texts, lists and mappings: what they are called with is no parameter. */
const FUNCTIONS = new Set('range namespace dict joiner cycler raise_exception strftime_now'.split(' '));
const METHODS = new Set(
  `split rsplit splitlines partition rpartition startswith endswith find rfind index rindex count keys values items get
  copy pop append extend insert update setdefault add remove sort clear isdigit isalpha isalnum isspace islower isupper
  isnumeric isdecimal istitle`.split(/\s+/),
);

/** Parameters that a call gives a text of parts: those of the macro in their places, or of all where it is called by another name. */
function givenTo(tokens: readonly Token[], { macros, given, all }: Parameters, names: Names): readonly string[] {
  if (tokens[0]?.text === 'macro') return [];
  return tokens.flatMap(({ kind, text }, at) => {
    const [callee, before] = [tokens[at - 1], tokens[at - 2]?.text];
    if (kind !== 'mark' || text !== '(' || !follows(callee) || callee === undefined) return [];
    const filter = before === '|' || before === 'is';
    const known =
      before === '.' ? METHODS.has(callee.text) || CHANGES_TEXT.has(callee.text) : FUNCTIONS.has(callee.text);
    if (callee.kind === 'name' && (filter || known)) return [];
    const inner = within(tokens, at);
    if (!makesText(inner, names) && !isComputed(inner, names)) return [];
    const direct = callee.kind === 'name' && before !== '.' && !given.has(callee.text);
    const places = direct ? macros.get(callee.text) : undefined;
    return places === undefined ? all : givenAt(inner, places, names);
  });
}

/** By what stands in each place of a call, or under a name; what is unpacked may be in any. */
function givenAt(inner: readonly Token[], places: readonly (readonly string[])[], names: Names): readonly string[] {
  return splitAt(inner, [',']).flatMap((part, at) => {
    if (!makesText(part, names) && !isComputed(part, names)) return [];
    const [first, second] = part;
    if (first?.kind === 'mark' && /^\*/.test(first.text)) return [...places.flat(), ...REST];
    if (first?.kind === 'name' && second?.text === '=') return [first.text, ...REST];
    return [...(places[at] ?? []), ...REST];
  });
}

function learn(tokens: readonly Token[], names: Names): void {
  const [first] = tokens;
  if (first?.text === 'with' || first?.text === 'macro')
    give(
      tokens,
      names,
      tokens.filter((_, at) => tokens[at + 1]?.text === '='),
    );
  for (const [at, { kind, text }] of tokens.entries())
    if (kind === 'name' && KEEPS.has(text) && tokens[at - 1]?.text === '.')
      give(within(tokens, at + 1), names, tokens.slice(0, at - 1));
  const set = assignment(tokens);
  if (set === null) return;
  const { targets, value } = set;
  const space = first?.text === 'set' ? spaceOf(value) : null;
  // Without a value it is a block, whose text is computed.
  if (value.length === 0) for (const name of namesIn(targets)) names.computed.add(name);
  else if (space !== null) for (const [name, part] of space) give(part, names, [name]);
  else give(value, names, attributeOf(targets) ?? targets);
}

/** What `set` and `for` give, and to whom. */
function assignment(tokens: readonly Token[]): { targets: readonly Token[]; value: readonly Token[] } | null {
  const [first] = tokens;
  if (first?.text !== 'set' && first?.text !== 'for') return null;
  const split = tokens.findIndex(({ kind, text }) =>
    first.text === 'set' ? kind === 'mark' && text === '=' : kind === 'name' && text === 'in',
  );
  return { targets: tokens.slice(1, split < 0 ? undefined : split), value: split < 0 ? [] : tokens.slice(split + 1) };
}

/** Of `space.attribute`: only namespaces have attributes that can be set. */
function attributeOf(targets: readonly Token[]): readonly Token[] | null {
  const [space, dot, attribute] = targets;
  return targets.length === 3 && space?.kind === 'name' && dot?.text === '.' && attribute !== undefined
    ? [attribute]
    : null;
}

/** The attributes of a new namespace and their values; null where the value is another, or names them otherwise. */
function spaceOf(value: readonly Token[]): readonly (readonly [Token, readonly Token[]])[] | null {
  const inner = within(value, 1);
  if (value[0]?.text !== 'namespace' || value[1]?.text !== '(' || inner.length !== value.length - 3) return null;
  const parts = inner.length === 0 ? [] : splitAt(inner, [',']).filter((part) => part.length > 0);
  const pairs = parts.flatMap((part) => {
    const [name, equals] = part;
    return name?.kind === 'name' && equals?.text === '=' ? [[name, part.slice(2)] as const] : [];
  });
  return pairs.length === parts.length ? pairs : null;
}

/** What a value makes of the names that it is given to. */
function give(value: readonly Token[], names: Names, targets: readonly Token[]): void {
  if (makesText(value, names) || isComputed(value, names))
    for (const name of namesIn(targets)) names.computed.add(name);
  if (value.some((_, at) => isText(value, at) || isNamed(value, at, names.textual)))
    for (const name of namesIn(targets)) names.textual.add(name);
}

/** Whether a text that was put together is among what a value is made of. */
export function isComputed(value: readonly Token[], { computed }: Names): boolean {
  return value.some((_, at) => isNamed(value, at, computed));
}

/** Whether a token is one of these names, or the key that takes what goes by it. */
function isNamed(tokens: readonly Token[], at: number, names: ReadonlySet<string>): boolean {
  const token = tokens[at];
  return token !== undefined && names.has(token.text) && (token.kind === 'name' || isKey(tokens, at));
}

function isKey(tokens: readonly Token[], at: number): boolean {
  const key = tokens[at - 1]?.text === '[' && tokens[at + 1]?.text === ']' && follows(tokens[at - 2]);
  return key && tokens[at]?.kind === 'string';
}

/** Whether a token is a text that may be part of the value: not a key, and not only compared with. */
function isText(tokens: readonly Token[], at: number): boolean {
  if (tokens[at]?.kind !== 'string' || isKey(tokens, at)) return false;
  const [before, after] = [tokens[at - 1]?.text ?? '', tokens[at + 1]?.text ?? ''];
  return !['==', '!=', 'in'].includes(before) && !['==', '!=', 'in'].includes(after);
}

function namesIn(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap(({ kind, text }) => (kind === 'name' ? [text] : []));
}

/** Methods that keep what they are given. */
const KEEPS = new Set('append extend insert update setdefault add'.split(' '));

/** Filters and methods that make another text, or take a part from the middle of one. */
const CHANGES_TEXT = new Set(
  `join replace reverse format format_map lower upper title capitalize trim strip lstrip rstrip center string urlize
   translate decode encode striptags truncate indent wordwrap ljust rjust zfill expandtabs removeprefix removesuffix
   casefold swapcase sum cycle`.split(/\s+/),
);

/** Whether a value may be a text made of parts: joined, repeated, formatted or changed by a filter or method. */
export function makesText(tokens: readonly Token[], { textual }: Names): boolean {
  const texts = tokens.some((_, at) => isText(tokens, at) || isNamed(tokens, at, textual));
  return tokens.some(({ kind, text }, at) => {
    if (kind === 'mark') {
      if (text === '[' && follows(tokens[at - 1])) return texts && splitAt(within(tokens, at), [':']).length > 2;
      // Added to a list it makes a list.
      if (text === '+' && tokens[at + 1]?.text === '[') return false;
      return text === '~' || (texts && ['+', '*', '%'].includes(text));
    }
    const before = tokens[at - 1]?.text;
    return kind === 'name' && (before === '|' || before === '.') && CHANGES_TEXT.has(text);
  });
}

/** Names that are given numbers wherever they are given something. */
function numbersOf(tags: readonly Tag[]): ReadonlySet<string> {
  const given = new Map<string, (readonly Token[] | 'number' | 'other')[]>();
  const add = (name: string, value: readonly Token[] | 'number' | 'other'): void => {
    given.set(name, [...(given.get(name) ?? []), value]);
  };
  for (const { tokens } of tags) for (const [name, value] of bindings(tokens)) add(name, value);
  const numbers = new Set(given.keys());
  for (const name of numbers) {
    const space = /^[^.]*(?=\.)/.exec(name)?.[0];
    // What is another thing somewhere may have its attributes from there.
    if (
      space !== undefined &&
      given.get(space)?.some((value) => value === 'other' || spaceOf(asTokens(value)) === null)
    )
      numbers.delete(name);
  }
  const names = { numbers };
  for (let size = -1; size !== numbers.size; ) {
    size = numbers.size;
    for (const name of numbers)
      if (given.get(name)?.some((value) => value !== 'number' && !(value !== 'other' && isNumber(value, names))))
        numbers.delete(name);
  }
  return numbers;
}

function asTokens(value: readonly Token[] | 'number' | 'other'): readonly Token[] {
  return typeof value === 'string' ? [] : value;
}

type Binding = readonly [string, readonly Token[] | 'number' | 'other'];

/** Every name that a tag gives something. */
function bindings(tokens: readonly Token[]): readonly Binding[] {
  const [first, second] = tokens;
  const set = assignment(tokens);
  if (set === null) {
    // Names of these are given what the caller has.
    const gives = ['macro', 'call', 'with', 'import', 'from', 'block'].includes(first?.text ?? '');
    return gives ? namesIn(tokens.slice(1)).map((name) => [name, 'other'] as const) : [];
  }
  const { targets, value } = set;
  const [attribute] = attributeOf(targets) ?? [];
  if (first?.text === 'set' && attribute !== undefined && second !== undefined)
    return [[`${second.text}.${attribute.text}`, value.length === 0 ? 'other' : value]];
  if (targets.length !== 1 || second === undefined || value.length === 0)
    return namesIn(targets).map((name) => [name, 'other'] as const);
  if (first?.text === 'set') {
    const space = spaceOf(value) ?? [];
    return [[second.text, value], ...space.map(([name, part]) => [`${second.text}.${name.text}`, part] as const)];
  }
  const counts = value[0]?.text === 'range' && value[1]?.text === '(' && within(value, 1).length === value.length - 3;
  return [[second.text, counts ? 'number' : 'other']];
}

const COUNTS = new Set('index index0 revindex revindex0 length depth depth0'.split(' '));
const SIZES = new Set('length count int'.split(' '));

/** Whether a value is a number whatever is given to the template: made of numbers by arithmetic alone. */
export function isNumber(tokens: readonly Token[], names: Pick<Names, 'numbers'>): boolean {
  if (outside(tokens).some(({ kind, text }) => (kind === 'name' ? isOperator(text) : OTHER.has(text)))) return false;
  const [head, ...more] = splitAt(tokens, ['+', '-', '*', '/', '//', '%']);
  const operands = head?.length === 0 ? more : [head ?? [], ...more];
  if (operands.some((operand) => operand.length === 0)) return false;
  // Of texts, nothing can be taken away.
  if (splitAt(tokens, ['-', '//', '/']).filter((part) => part.length > 0).length > 1) return true;
  return operands.length > 0 && operands.every((operand) => isNumeric(operand, names));
}

/** Marks that make another value than arithmetic does. */
const OTHER = new Set(['~', ',', '=', '==', '!=', '<', '>', '<=', '>=', ':']);

/** Tokens that stand in no bracket. */
function outside(tokens: readonly Token[]): readonly Token[] {
  let depth = 0;
  return tokens.filter(({ kind, text }) => {
    if (kind === 'mark' && ')]}'.includes(text)) depth -= 1;
    const out = depth === 0;
    if (kind === 'mark' && '([{'.includes(text)) depth += 1;
    return out;
  });
}

function isNumeric(operand: readonly Token[], names: Pick<Names, 'numbers'>): boolean {
  const [first, second, third] = operand;
  const [before, last] = [operand.at(-2), operand.at(-1)];
  if (operand.length === 1)
    return first?.kind === 'number' || (first?.kind === 'name' && names.numbers.has(first.text));
  if (operand.length === 3 && first?.kind === 'name' && second?.text === '.' && third !== undefined)
    return first.text === 'loop' ? COUNTS.has(third.text) : names.numbers.has(`${first.text}.${third.text}`);
  if (before?.text === '|' && last?.kind === 'name' && SIZES.has(last.text)) return true;
  const inner = within(operand, 0);
  return first?.text === '(' && inner.length === operand.length - 2 && isNumber(inner, names);
}
