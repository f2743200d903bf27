/**
 * Distinct values and the rows that hold each, in the order in which they came. Most columns are looked through and never
 * asked for one value: to enter hundreds of thousands of texts into a table takes longer than all else that is done with
 * them, so that it is made when it is first needed.
 */
export class CountedValues implements ReadonlyMap<string, number> {
  readonly #values: readonly string[];
  readonly #rows: readonly number[];
  #byValue: ReadonlyMap<string, number> | null = null;

  /** @param rows as many as values */
  constructor(values: readonly string[], rows: readonly number[]) {
    this.#values = values;
    this.#rows = rows;
  }

  get size(): number {
    return this.#values.length;
  }

  keys(): MapIterator<string> {
    return this.#values.values();
  }

  values(): MapIterator<number> {
    return this.#rows.values();
  }

  *entries(): Generator<[string, number], undefined, unknown> {
    for (let at = 0; at < this.#values.length; at += 1) yield [this.#values[at] ?? '', this.#rows[at] ?? 0];
  }

  [Symbol.iterator](): MapIterator<[string, number]> {
    return this.entries();
  }

  forEach(each: (rows: number, value: string, map: ReadonlyMap<string, number>) => void): void {
    for (const [value, rows] of this) each(rows, value, this);
  }

  get(value: string): number | undefined {
    return this.#table().get(value);
  }

  has(value: string): boolean {
    return this.#table().has(value);
  }

  #table(): ReadonlyMap<string, number> {
    this.#byValue ??= new Map(this);
    return this.#byValue;
  }
}
