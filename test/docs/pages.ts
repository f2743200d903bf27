import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** Every page that a user reads, by its path from the root. */
export const PAGES: readonly string[] = [
  'README.md',
  ...['docs', 'docs/rules'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

export const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

export interface Fence {
  readonly page: string;
  /** Of its first line, from 1. */
  readonly line: number;
  /** `sh`, and what stands behind it: `test`, say. */
  readonly language: string;
  readonly mark: string;
  readonly text: string;
}

export function fencesOf(page: string): Fence[] {
  const found: Fence[] = [];
  const lines = textOf(page).split('\n');
  let open: { line: number; language: string; mark: string; body: string[] } | null = null;
  for (const [index, line] of lines.entries()) {
    const fence = /^\s*```(\S*)\s*(.*)$/.exec(line);
    if (fence === null) open?.body.push(line);
    else if (open === null)
      open = { line: index + 2, language: fence[1] ?? '', mark: (fence[2] ?? '').trim(), body: [] };
    else {
      const { body, ...rest } = open;
      found.push({ page, ...rest, text: `${body.join('\n')}\n` });
      open = null;
    }
  }
  return found;
}

const withoutFences = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '');

export interface Link {
  readonly page: string;
  readonly target: string;
  /** Path from the root, null within the page itself. */
  readonly path: string | null;
  readonly anchor: string | null;
}

/** Links and images of a page that stay inside the repository. */
export function linksOf(page: string): Link[] {
  const text = withoutFences(textOf(page)).replace(/`[^`\n]*`/g, '');
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? null : join(dirname(page), file);
      return { page, target, path, anchor: anchor ?? null };
    });
}

/** Anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: string): Set<string> {
  const headings = [...withoutFences(textOf(page)).matchAll(/^#{1,6}\s+(.+?)\s*$/gm)].map(([, text = '']) => text);
  return new Set(
    headings.map((text) =>
      text
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

/** Cells of the rows of the first table after a heading, without its header. */
export function tableAfter(page: string, heading: string): string[][] {
  const text = textOf(page);
  const start = text.indexOf(`${heading}\n`);
  if (start < 0) throw new Error(`${page} has no heading ${JSON.stringify(heading)}`);
  const lines = text.slice(start).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const rows: string[][] = [];
  for (const line of lines.slice(first + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}

/** Everything between backquotes. */
export const codeIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
