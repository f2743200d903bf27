import type { data, Expr } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import { messageOf, WorkflowError } from './errors.ts';
import { expressions } from './github-packages.ts';
import { fromData, isMap, isTruthy, toDictionary, toText, type Value, type ValueMap } from './values.ts';

const { Evaluator, Lexer, Parser } = expressions;

export type StatusFunction = 'success' | 'failure' | 'always' | 'cancelled';

/** What an expression can see: named contexts, and the functions that depend on where it stands. */
export interface Scope {
  readonly contexts: { readonly [name: string]: Value };
  /** `success()` and its kind; absent where GitHub refuses them. */
  readonly status?: Readonly<Record<StatusFunction, boolean>>;
  /** `hashFiles(...)`, over the workspace of the job. */
  readonly hashFiles?: (patterns: readonly string[]) => string;
}

const STATUS_FUNCTIONS: readonly StatusFunction[] = ['success', 'failure', 'always', 'cancelled'];

/**
 * Evaluates the inside of one `${{ … }}`.
 * @throws WorkflowError `invalid_expression` with the expression in its message.
 */
export function evaluate(expression: string, scope: Scope): Value {
  const functions = functionsOf(scope);
  try {
    const tree = parse(expression, Object.keys(scope.contexts), functions);
    return fromData(new Evaluator(tree, dictionaryOf(scope.contexts), functions).evaluate());
  } catch (error) {
    const message = `The template is not valid: ${messageOf(error)} in the expression \`${expression.trim()}\``;
    throw new WorkflowError('invalid_expression', message, { cause: error });
  }
}

/** Evaluates a scalar that may hold `${{ … }}`: one expression alone keeps its type, a mixture becomes text. */
export function interpolate(template: Value, scope: Scope): Value {
  if (typeof template !== 'string') return template;
  const parts = splitTemplate(template);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && only.kind === 'expression') return evaluate(only.text, scope);
  return parts.map((part) => (part.kind === 'text' ? part.text : toText(evaluate(part.text, scope)))).join('');
}

export function interpolateText(template: Value, scope: Scope): string {
  return toText(interpolate(template, scope));
}

/** Interpolates every scalar of a tree, and its keys. */
export function interpolateDeep(value: Value, scope: Scope): Value {
  if (Array.isArray(value)) return value.map((item: Value) => interpolateDeep(item, scope));
  if (!isMap(value)) return interpolate(value, scope);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [interpolateText(key, scope), interpolateDeep(item, scope)]),
  );
}

/** A map of texts, such as `env` or `with`. The whole map may be one expression. */
export function interpolateMap(value: Value, scope: Scope): Record<string, string> {
  const resolved = interpolateDeep(value, scope);
  if (resolved === null) return {};
  if (!isMap(resolved)) throw new WorkflowError('invalid_workflow', `Expected a mapping, got \`${toText(resolved)}\``);
  return Object.fromEntries(Object.entries(resolved).map(([key, item]) => [key, toText(item)]));
}

/**
 * Evaluates an `if`. Without a status function in it, the condition is `success() && (…)`, as on GitHub.
 * `scope.status` must be given.
 */
export function evaluateCondition(condition: Value | undefined, scope: Scope): boolean {
  const succeeded = scope.status?.success ?? true;
  if (condition === undefined || condition === null || condition === '') return succeeded;
  if (typeof condition !== 'string') return succeeded && isTruthy(condition);
  const parts = splitTemplate(condition.trim());
  const [only] = parts;
  const single = parts.length === 1 && only !== undefined;
  if (!single) return succeeded && isTruthy(interpolate(condition.trim(), scope));
  if (usesStatusFunction(only.text, scope)) return isTruthy(evaluate(only.text, scope));
  return succeeded && isTruthy(evaluate(only.text, scope));
}

type TemplatePart = { readonly kind: 'text' | 'expression'; readonly text: string };

/** Splits at `${{` and the `}}` that closes it outside of a quoted string. */
export function splitTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let position = 0;
  for (;;) {
    const start = template.indexOf('${{', position);
    const end = start < 0 ? -1 : closingBraces(template, start + 3);
    if (start < 0 || end < 0) break;
    if (start > position) parts.push({ kind: 'text', text: template.slice(position, start) });
    parts.push({ kind: 'expression', text: template.slice(start + 3, end) });
    position = end + 2;
  }
  if (position < template.length || parts.length === 0) parts.push({ kind: 'text', text: template.slice(position) });
  return parts;
}

function closingBraces(template: string, from: number): number {
  let quoted = false;
  for (let index = from; index < template.length; index += 1) {
    if (template[index] === "'") quoted = !quoted;
    else if (!quoted && template.startsWith('}}', index)) return index;
  }
  return -1;
}

function parse(expression: string, names: string[], functions: Map<string, FunctionDefinition>): Expr {
  return new Parser(new Lexer(expression).lex().tokens, names, [...functions.values()]).parse();
}

function dictionaryOf(contexts: ValueMap): data.Dictionary {
  return toDictionary(Object.entries(contexts));
}

function usesStatusFunction(expression: string, scope: Scope): boolean {
  try {
    return containsStatusCall(parse(expression, Object.keys(scope.contexts), functionsOf(scope)));
  } catch {
    return false; // the evaluation that follows reports the error
  }
}

/** Walks the tree by structure: the package does not export its node classes from its entry. */
function containsStatusCall(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if (Array.isArray(node)) return node.some(containsStatusCall);
  if ('functionName' in node && STATUS_FUNCTIONS.includes(callName(node.functionName))) return true;
  return Object.entries(node).some(([key, child]) => key !== 'literal' && containsStatusCall(child));
}

function callName(token: unknown): StatusFunction {
  const lexeme = typeof token === 'object' && token !== null && 'lexeme' in token ? String(token.lexeme) : '';
  return lexeme.toLowerCase() as StatusFunction; // only compared with the list of names
}

function functionsOf(scope: Scope): Map<string, FunctionDefinition> {
  const definitions: FunctionDefinition[] = [];
  const { status, hashFiles } = scope;
  if (status !== undefined) {
    for (const name of STATUS_FUNCTIONS) {
      definitions.push({ name, minArgs: 0, maxArgs: 0, call: () => new expressions.data.BooleanData(status[name]) });
    }
  }
  if (hashFiles !== undefined) {
    const call = (...args: data.ExpressionData[]) =>
      new expressions.data.StringData(hashFiles(args.map((arg) => arg.coerceString())));
    definitions.push({ name: 'hashFiles', minArgs: 1, maxArgs: 255, call });
  }
  return new Map(definitions.map((definition) => [definition.name.toLowerCase(), definition]));
}
