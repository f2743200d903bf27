import { fencesOf } from './pages.ts';

/** An example of a page on contracts: what a contract's schema says, data, and what comes of it. */
export interface ContractExample {
  readonly line: number;
  readonly schema: string;
  /** The data that is checked, and behind it what it refers to. */
  readonly data: readonly { readonly name: string; readonly text: string }[];
  /** One line for each rule that does not pass. */
  readonly outcome: readonly string[];
}

/** Fences that follow one another: `yaml contract`, data named after its file, `text outcome`. */
export function examplesOf(page: string): ContractExample[] {
  const found: { line: number; schema: string; data: { name: string; text: string }[]; outcome: string[] }[] = [];
  for (const { language, mark, line, text } of fencesOf(page)) {
    const last = found.at(-1);
    if (language === 'yaml' && mark === 'contract') found.push({ line, schema: text, data: [], outcome: [] });
    else if (last !== undefined && (language === 'csv' || language === 'json')) last.data.push({ name: mark, text });
    else if (last !== undefined && mark === 'outcome') last.outcome.push(...text.trim().split('\n'));
  }
  return found;
}

/** The whole contract of an example. */
export function exampleText({ schema }: ContractExample): string {
  return `apiVersion: v3.1.0\nkind: DataContract\nid: example\nversion: 1.0.0\nstatus: active\n${schema}`;
}
