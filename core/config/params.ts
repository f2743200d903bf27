import { z } from 'zod';
import { compilePattern } from './pattern.ts';

export const ParamSpec = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('number'),
    min: z.number().optional(),
    max: z.number().optional(),
    default: z.number(),
  }),
  z.strictObject({
    type: z.literal('integer'),
    min: z.int().optional(),
    max: z.int().optional(),
    default: z.int(),
  }),
  z.strictObject({ type: z.literal('boolean'), default: z.boolean() }),
  z.strictObject({
    type: z.literal('string'),
    values: z.array(z.string().max(256)).min(1).optional(),
    pattern: z.string().max(256).optional(),
    default: z.string().max(256),
  }),
]);
export type ParamSpec = z.infer<typeof ParamSpec>;

export const ParamValue = z.union([z.number(), z.boolean(), z.string().max(256)]);
export type ParamValue = z.infer<typeof ParamValue>;

/** Why a value may not be given to a parameter, in words; null when it may. */
export function paramProblem(spec: ParamSpec, value: ParamValue): string | null {
  switch (spec.type) {
    case 'number':
    case 'integer':
      return numberProblem(spec, value);
    case 'boolean':
      return typeof value === 'boolean' ? null : `expected true or false, got ${JSON.stringify(value)}`;
    case 'string':
      return stringProblem(spec, value);
  }
}

/** What a parameter takes, for people: `number from 0.001 to 1, default 0.1`. */
export function describeParam(spec: ParamSpec): string {
  return `${describeType(spec)}, default ${JSON.stringify(spec.default)}`;
}

/** The part of a parameter's declaration that is policy, in words. */
export function describeType(spec: ParamSpec): string {
  switch (spec.type) {
    case 'number':
    case 'integer':
      return `${spec.type}${spec.min === undefined ? '' : ` from ${spec.min}`}${spec.max === undefined ? '' : ` to ${spec.max}`}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      if (spec.values !== undefined) return `one of ${spec.values.map((value) => JSON.stringify(value)).join(', ')}`;
      return spec.pattern === undefined ? 'string' : `string like ${spec.pattern}`;
  }
}

/**
 * Reads what a person typed after `=`. Numbers are decimal (`0.2`, `1e-3`); no octal, hex, spaces or `Infinity`.
 *
 * @returns the typed value, or in words why it is refused
 */
export function readParam(
  spec: ParamSpec,
  text: string,
): { ok: true; value: ParamValue } | { ok: false; reason: string } {
  const value = typed(spec, text);
  const reason =
    value === null ? `expected ${describeType(spec)}, got ${JSON.stringify(text)}` : paramProblem(spec, value);
  if (value !== null && reason === null) return { ok: true, value };
  return { ok: false, reason: reason ?? '' };
}

function typed(spec: ParamSpec, text: string): ParamValue | null {
  switch (spec.type) {
    case 'number':
      return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?$/.test(text) ? finite(Number(text)) : null;
    case 'integer':
      return /^[+-]?\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? finite(Number(text)) : null;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : null;
    case 'string':
      return text;
  }
}

/** Negative zero becomes zero: both print alike and must hash alike. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value + 0 : null;
}

function numberProblem(spec: Extract<ParamSpec, { type: 'number' | 'integer' }>, value: ParamValue): string | null {
  const fits =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (spec.type === 'number' || Number.isSafeInteger(value)) &&
    value >= (spec.min ?? Number.NEGATIVE_INFINITY) &&
    value <= (spec.max ?? Number.POSITIVE_INFINITY);
  return fits ? null : `expected ${describeType(spec)}, got ${JSON.stringify(value)}`;
}

function stringProblem(spec: Extract<ParamSpec, { type: 'string' }>, value: ParamValue): string | null {
  const refused = `expected ${describeType(spec)}, got ${JSON.stringify(value)}`;
  if (typeof value !== 'string' || value.length > 256 || !value.isWellFormed()) return refused;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (/[\u0000-\u001f\u007f]/.test(value)) return `${refused}, which holds a control character`;
  if (spec.values !== undefined && !spec.values.includes(value)) return refused;
  if (spec.pattern === undefined) return null;
  const pattern = compilePattern(spec.pattern);
  if (!pattern.ok) return `the pattern ${spec.pattern} can't be used: ${pattern.reason}`;
  return pattern.test(value) ? null : refused;
}
