import { ScanError, type Source } from './format.ts';
import { type JsonEvents, readJson } from './json-reader.ts';

/** What JSON is to those who open it. */
export type JsonKind =
  | { readonly kind: 'data' }
  /** Of Jupyter, with code in a cell. */
  | { readonly kind: 'notebook' }
  /** Of Vega; `url` is the first address that it loads from. */
  | { readonly kind: 'plot'; readonly url: string | null };

/** Where cells of a notebook stand, counted in lists and objects: `{"cells": [{…` and, in version 3, `{"worksheets": [{"cells": [{…`. */
const CELLS = [3, 5];

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
  #code = false;
  #source = false;

  kind(): JsonKind {
    if (this.#isNotebook) return { kind: 'notebook' };
    return this.#isPlot ? { kind: 'plot', url: this.#url } : { kind: 'data' };
  }

  open(kind: 'object' | 'array'): void {
    this.#depth += 1;
    if (kind === 'object') this.#key = '';
    if (!CELLS.includes(this.#depth)) return;
    this.#code = false;
    this.#source = false;
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
    if (key === 'cell_type') this.#code ||= CELLS.includes(this.#depth) && value === 'code';
    if (key === 'source' || key === 'input') this.#source ||= value.trim() !== '';
    this.#isNotebook ||= this.#code && this.#source;
  }
}
