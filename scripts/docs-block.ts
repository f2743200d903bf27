import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..');

const END = '<!-- end -->';

const begin = (name: string, command: string): string => `<!-- ${name}: made by \`${command}\` -->`;

/** One part of a page that a script makes; what stands outside of its marks is written by hand and kept. */
export interface Block {
  /** Path of the page from the root of the repository. */
  readonly page: string;
  readonly name: string;
  /** What makes it anew. */
  readonly command: string;
  readonly content: string;
}

/** The page with the block made anew. @throws {Error} when the page lacks the marks */
export function withBlock(page: string, { name, command, content }: Block): string {
  const mark = begin(name, command);
  const start = page.indexOf(mark);
  const end = page.indexOf(END, start);
  if (start < 0 || end < 0) throw new Error(`the page lacks the marks ${mark} and ${END}`);
  return `${page.slice(0, start)}${mark}\n\n${content.trim()}\n\n${page.slice(end)}`;
}

export function readPage(page: string): string {
  return readFileSync(resolve(ROOT, page), 'utf8');
}

export function writeBlock(block: Block): void {
  writeFileSync(resolve(ROOT, block.page), withBlock(readPage(block.page), block));
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** Text for a cell of a table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
