/** One thing wrong in a config file, at the place where a person would mend it. */
export interface ConfigProblem {
  /** What was expected, what was found and what to do. Holds text from the file: escape before display. */
  readonly message: string;
  /** `models.flight-delay.train.run`; empty for the document as a whole. */
  readonly path: string;
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

/** A finding before its place in the text is known. `at` says whether the key or its value is to be pointed at. */
export interface Finding {
  readonly path: readonly (string | number)[];
  readonly at: 'key' | 'value';
  readonly message: string;
}

export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
}
