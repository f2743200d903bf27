import { ScanError, type Source } from './format.ts';
import { type JsonEvents, readJson } from './json-reader.ts';

/** What JSON is to those who open it. */
export type JsonKind =
  | { readonly kind: 'data' }
  /** Of Jupyter, with code in a cell. */
  | { readonly kind: 'notebook' }
  /** Of Vega; `url` is the first address that it loads from. */
  | { readonly kind: 'plot'; readonly url: string | null };

/** How deep cells of a notebook stand, counted in lists and objects: `{"cells": [{…` and, in version 3, `{"worksheets": [{"cells": [{…`. */
const CELLS: ReadonlySet<number> = new Set([3, 5]);

/** What an object at the depth of cells has said so far: others may stand within it before it says the rest. */
interface Cell {
  code: boolean;
  source: boolean;
}

/** Reads JSON or JSON Lines of any size. Null for what is neither. @throws ScanError */
export function jsonKindOf(source: Source, tick: () => void): JsonKind | null {
  const found = new Kind();
  try {
    readJson(source, found, tick);
  } catch (error) {
    if (error instanceof ScanError && error.code === 'malformed') return null;
    throw error;
  }
  return found.kind();
}

class Kind implements JsonEvents {
  #depth = 0;
  /** Of the value that comes next; of a list, it stands for its items. */
  #key = '';
  #isPlot = false;
  #isNotebook = false;
  #url: string | null = null;
  readonly #cells = new Map<number, Cell>();

  kind(): JsonKind {
    if (this.#isNotebook) return { kind: 'notebook' };
    return this.#isPlot ? { kind: 'plot', url: this.#url } : { kind: 'data' };
  }

  open(kind: 'object' | 'array'): void {
    this.#depth += 1;
    if (kind === 'object') this.#key = '';
    if (CELLS.has(this.#depth)) this.#cells.set(this.#depth, { code: false, source: false });
  }

  close(): void {
    this.#key = '';
    this.#depth -= 1;
  }

  key(name: string): void {
    this.#key = name;
  }

  scalar(value: string | number | boolean | null): void {
    if (typeof value !== 'string') return;
    const key = this.#key;
    if (key === '$schema') this.#isPlot ||= this.#depth === 1 && /vega/i.test(value);
    if (key === 'url' || key === 'href') this.#url ??= value;
    const isSource = key === 'source' || key === 'input';
    if (key !== 'cell_type' && !isSource) return;
    // The source may be a list of lines.
    const cell = this.#cells.get(this.#depth) ?? (isSource ? this.#cells.get(this.#depth - 1) : undefined);
    if (cell === undefined) return;
    cell.code ||= key === 'cell_type' && value === 'code';
    cell.source ||= isSource && value.trim() !== '';
    this.#isNotebook ||= cell.code && cell.source;
  }
}
