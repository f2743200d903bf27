import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../../core/config/parse.ts';
import { anchorsOf, fencesOf, linksOf, PAGES, ROOT, textOf } from './pages.ts';

const fences = PAGES.flatMap(fencesOf);
const at = ({ page, line }: { page: string; line: number }): string => `${page}:${line}`;
const marked = (language: string, mark: string) =>
  fences
    .filter((fence) => fence.language === language && fence.mark === mark)
    .map((fence) => ({ ...fence, at: at(fence) }));

test.each(PAGES)('%s: every link leads to a file and a heading that exist', (page) => {
  const broken = linksOf(page).filter(({ path, anchor }) => {
    if (path !== null && !existsSync(join(ROOT, path))) return true;
    const target = path ?? page;
    return anchor !== null && target.endsWith('.md') && !anchorsOf(target).has(anchor);
  });
  expect(broken.map(({ target }) => target)).toEqual([]);
});

test.each(PAGES)('%s: names no path of the machine that it was written on, and no unfinished part', (page) => {
  expect(textOf(page)).not.toMatch(/\/(?:work|home|root|Users)\/\w|\/tmp\/\w+-|\bTODO\b|\bTBD\b|\bFIXME\b/);
});

test('every YAML snippet can be read', () => {
  const unreadable = fences.filter(
    ({ language, text }) => language === 'yaml' && parseDocument(text).errors.length > 0,
  );
  expect(unreadable.map(at)).toEqual([]);
});

test('every snippet that looks like a config is marked as one, so that it is tested as that', () => {
  const unmarked = fences.filter(
    ({ language, mark, text }) => language === 'yaml' && mark !== 'config' && /^models:/m.test(text),
  );
  expect(unmarked.map(at)).toEqual([]);
});

describe('a config in the docs', () => {
  test.each(marked('yaml', 'config'))('is one that is accepted: $at', ({ text }) => {
    expect(parseConfig(text)).toMatchObject({ ok: true });
  });
});

describe('a workflow in the docs', () => {
  test.each(marked('yaml', 'workflow'))('begins without permissions: $at', ({ text }) => {
    const Workflow = z.looseObject({ on: z.unknown(), permissions: z.object({}).strict(), jobs: z.looseObject({}) });
    expect(Workflow.safeParse(parse(text)).error).toBeUndefined();
  });
});

describe('commands that the docs tell a reader to type', () => {
  test.each(marked('sh', 'test'))('work: $at', ({ text }) => {
    const directory = mkdtempSync(join(tmpdir(), 'docs-'));
    try {
      const environment = { PATH: process.env['PATH'], HOME: directory, LANG: 'C.UTF-8' };
      execFileSync('bash', ['-e', '-o', 'pipefail', '-c', text], { cwd: directory, env: environment, stdio: 'pipe' });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
