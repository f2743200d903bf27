import { z } from 'zod';
import { ActionError } from './error.ts';

/** The typed inputs or outputs of an action: keys are those of its action.yml in camel case. */
export type Interface = z.ZodObject<z.ZodRawShape>;

/** `artifactId` → `artifact-id`. */
export function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** An input that holds JSON of the given shape. */
export function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .max(1_000_000)
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'expected JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

/** A path, or nothing. */
export const Path = z.string().max(1024);

/** An input with one entry in each line; empty lines count for nothing. */
export const Lines = z.string().transform((text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== ''),
);

/** How long an action may take. */
export const Seconds = z
  .string()
  .regex(/^[1-9]\d{0,5}$/, 'seconds')
  .transform(Number);

/** An input that holds a positive number in digits, such as an id. */
export const Id = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, 'a positive number')
  .transform(Number);

/** An artifact's digest as jobs hand it on: 64 hex digits, with or without the `sha256:` before them. */
export const Digest = z
  .string()
  .regex(/^(sha256:)?[0-9a-f]{64}$/, 'a SHA-256 in hex')
  .transform((digest) => digest.replace(/^sha256:/, ''));

/**
 * Reads every input of an action into one typed object.
 * @param read returns the text of an input by its name in action.yml, '' when it is not set
 * @throws ActionError `input_invalid`, naming every bad input at once
 */
export function readInputs<T extends Interface>(schema: T, read: (name: string) => string): z.infer<T> {
  const raw = Object.fromEntries(Object.keys(schema.shape).map((key) => [key, read(kebab(key))]));
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new ActionError('input_invalid', `the inputs of this action are not as expected:\n${problems(parsed.error)}`);
}

/** Checks what an action is about to hand on. @returns texts by the names in action.yml */
export function writeOutputs<T extends Interface>(schema: T, outputs: z.infer<T>): ReadonlyMap<string, string> {
  const parsed = schema.safeParse(outputs);
  if (!parsed.success) throw new ActionError('output_invalid', `outputs: ${problems(parsed.error)}`);
  return new Map(
    Object.entries(parsed.data).map(([key, value]) => [
      kebab(key),
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}

/** One line for each issue: where, and what was expected there. */
export function problems(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${issue.path.map((part) => kebab(String(part))).join('.') || '(all)'}: ${issue.message}`)
    .slice(0, 20)
    .join('\n');
}
