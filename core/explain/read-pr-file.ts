import { z } from 'zod';
import { findingsOf } from '../config/issues.ts';
import { JsonSchemaNode, keysIn } from '../config/json-schema.ts';
import { pathText } from '../config/problem.ts';
import { inOurNames } from './github-names.ts';
import { PrFile } from './pr-file.ts';

export type ReadPrFile =
  | { readonly ok: true; readonly pr: PrFile }
  /** Each with its place: `reviews[0].state: expected …, got …`. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** The facts of `--pr`, in our names or in GitHub's. @param value parsed as JSON and nothing else; never throws */
export function readPrFile(value: unknown): ReadPrFile {
  const renamed = inOurNames(value);
  const read = PrFile.safeParse(renamed);
  if (read.success) return { ok: true, pr: read.data };
  const schema = JsonSchemaNode.parse(z.toJSONSchema(PrFile, { io: 'input' }));
  const problems = read.error.issues.flatMap((issue) =>
    findingsOf(
      issue,
      (path) => lookUp(renamed, path),
      (path) => keysIn(schema, path).filter((key) => key !== '$schema'),
    ),
  );
  return {
    ok: false,
    problems: problems.map(({ path, message }) => `${pathText(path)}${path.length === 0 ? '' : ': '}${message}`),
  };
}

function lookUp(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (found, part) =>
      typeof found === 'object' && found !== null && Object.hasOwn(found, part) ? Reflect.get(found, part) : undefined,
    value,
  );
}
