import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { ParamValue } from '../config/params.ts';
import { entriesOf } from '../records.ts';
import { NESTED_TOO_DEEPLY, tooDeepAt } from '../yaml-depth.ts';

/** DVC's file of parameters (dvc.org, "Parameters Files"), at the root of what training sees. */
export const PARAMS_YAML = 'params.yaml';
/** In bytes. */
export const MAX_PARAMS_YAML = 1 << 20;

export type ParamsYaml =
  | {
      readonly ok: true;
      /** Comments and order are kept. */
      readonly text: string;
      /** What was written, such as `train.learning_rate`. */
      readonly set: readonly string[];
      /** Parameters that stand in several places, of which none was written. */
      readonly ambiguous: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

/**
 * Writes the values of a run over those in `params.yaml`, so that code which reads its parameters there trains with what
 * was asked for. A parameter is the key of its name at the top, or else the one key of that name below; a parameter that
 * has no key is left to the other ways of the training contract.
 */
export function writeParams(text: string, params: Readonly<Record<string, ParamValue>>): ParamsYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const deep = tooDeepAt(document);
  const [error] = document.errors;
  if (deep !== null || error !== undefined) {
    const { line, col } = lines.linePos(deep ?? error?.pos[0] ?? 0);
    const what = deep === null ? error?.message.slice(0, 300) : NESTED_TOO_DEEPLY;
    return { ok: false, message: `${PARAMS_YAML}:${line}:${col}: ${what}` };
  }
  const places = keysIn(document);
  const set: string[] = [];
  const ambiguous: string[] = [];
  for (const [name, value] of entriesOf(params)) {
    const found = places.get(name) ?? [];
    const path = found.find(({ length }) => length === 1) ?? (found.length === 1 ? found[0] : undefined);
    if (path !== undefined) {
      document.setIn(path, value);
      set.push(path.join('.'));
    } else if (found.length > 1) ambiguous.push(name);
  }
  return { ok: true, text: set.length === 0 ? text : document.toString({ lineWidth: 0 }), set, ambiguous };
}

/** Paths of the keys that hold one plain value, by the last word. Aliases are not followed: they hold another key's value. */
function keysIn(document: ReturnType<typeof parseDocument>): Map<string, string[][]> {
  const places = new Map<string, string[][]>();
  visit(document, {
    Pair(_key, pair, above) {
      const { key, value } = pair;
      if (!isScalar(key) || !isScalar(value) || typeof key.value !== 'string') return;
      const path = above.flatMap((node) => {
        if (typeof node !== 'object' || !('key' in node) || !isScalar(node.key)) return [];
        return [String(node.key.value)];
      });
      // Below a list there is no name that a parameter could have.
      const inList = above.some((node) => typeof node === 'object' && 'items' in node && !isMap(node));
      if (inList) return;
      const all = [...path, key.value];
      places.set(key.value, [...(places.get(key.value) ?? []), all]);
    },
  });
  return places;
}
