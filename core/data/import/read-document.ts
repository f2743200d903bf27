import { parseDocument } from 'yaml';

/** In UTF-16 code units. */
const MAX_SCHEMA = 1024 * 1024;

/** JSON or YAML as plain values; aliases, tags and duplicate keys are refused. */
export function readDocument(text: string): { readonly value: unknown } | { readonly message: string } {
  if (text.length > MAX_SCHEMA) return { message: `a schema may have ${MAX_SCHEMA} characters at most` };
  try {
    const document = parseDocument(text, { uniqueKeys: true, merge: false, schema: 'core', logLevel: 'error' });
    const [error] = [...document.errors, ...document.warnings];
    if (error !== undefined) return { message: `expected JSON or YAML: ${error.message.split('\n')[0] ?? ''}` };
    return { value: document.toJS({ maxAliasCount: 0 }) };
  } catch (error) {
    if (error instanceof RangeError || error instanceof ReferenceError)
      return { message: 'the schema is nested too deeply or uses aliases' };
    throw error;
  }
}
