import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { RULES } from '../../core/verification/rules.ts';
import { UNWAIVABLE } from '../../core/verification/waivers.ts';
import { withBlock } from '../../scripts/docs-block.ts';
import { ruleIndex, rulePages } from '../../scripts/docs-rules.ts';
import { call } from '../cli/world.ts';
import { fencesOf, ROOT, textOf } from './pages.ts';

/** Rules without an example: they are of the scan rather than of a file, or no file is known that fires them. */
const WITHOUT = [
  'crashed',
  'model-config-malformed',
  'opaque-malformed',
  'text-malformed',
  'timed-out',
  'too-many-files',
];

const Scan = z.object({
  status: z.string(),
  files: z.array(z.object({ path: z.string(), sha256: z.string(), container: z.string().optional() })),
  findings: z.array(z.object({ rule: z.string(), file: z.string() })),
});
const pageOf = (rule: string): string => `docs/rules/${rule}.md`;
const ids = [...RULES.keys()];
const withExample = ids.filter((id) => !WITHOUT.includes(id));

let folder = '';
const placeOf = (rule: string, kind: string): string => join(folder, rule, kind);

function scriptOf(rule: string, kind: 'fires' | 'quiet'): { readonly text: string; readonly also: readonly string[] } {
  const found = fencesOf(pageOf(rule)).filter(({ language, mark }) => language === 'python' && mark.startsWith(kind));
  if (found[0] === undefined || found.length > 1)
    throw new Error(`${pageOf(rule)}: expected one script that is ${kind}`);
  return { text: found[0].text, also: found[0].mark.split(' ').slice(2) };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rules-'));
  const scripts = withExample.flatMap((rule) =>
    (['fires', 'quiet'] as const).map((kind) => {
      mkdirSync(placeOf(rule, kind), { recursive: true });
      return [placeOf(rule, kind), scriptOf(rule, kind).text];
    }),
  );
  execFileSync('python3', ['-I', join(import.meta.dirname, 'run-examples.py')], { input: JSON.stringify(scripts) });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function scan(directory: string, ...options: readonly string[]) {
  return Scan.parse(JSON.parse((await call(['scan', '.', '--json', ...options], { directory })).out));
}

test('every rule has a page, and every page a rule', () => {
  const pages = readdirSync(join(ROOT, 'docs/rules')).filter((name) => name !== 'README.md');
  expect(pages.sort()).toEqual(ids.map((id) => `${id}.md`).sort());
});

test('the index and the pages have what `node scripts/docs-rules.ts` makes', () => {
  const stale = [ruleIndex(), ...rulePages()].filter((block) => {
    const page = textOf(block.page);
    return withBlock(page, block) !== page;
  });
  expect(stale.map(({ page, name }) => `${page}: ${name}`)).toEqual([]);
});

test.each(ids)('the page of %s names the weaknesses that the rule answers', (id) => {
  const named = new Set([...textOf(pageOf(id)).matchAll(/CVE-\d{4}-\d{4,}/g)].map(([cve]) => cve));
  expect([...named].sort()).toEqual([...(RULES.get(id)?.cves ?? [])].sort());
});

test('rules of which no page has an example are still rules', () => {
  expect(WITHOUT.filter((id) => !RULES.has(id))).toEqual([]);
});

describe('the example of', () => {
  test.each(withExample)('%s fires it, and nothing that the page does not name', async (rule) => {
    const { findings } = await scan(placeOf(rule, 'fires'));
    const { also } = scriptOf(rule, 'fires');
    expect([...new Set(findings.map((finding) => finding.rule))].sort()).toEqual([rule, ...also].sort());
  });

  test.each(withExample)('%s that does not fire it is clean', async (rule) => {
    expect(await scan(placeOf(rule, 'quiet'))).toMatchObject({ status: 'clean', findings: [] });
  });

  test.each(withExample.filter((rule) => !UNWAIVABLE.has(rule)))('%s is waived as the page says', async (rule) => {
    const { files, findings } = await scan(placeOf(rule, 'fires'));
    const file = findings.find((finding) => finding.rule === rule)?.file;
    const digest = files.find(({ path }) => path === file)?.sha256 ?? '';
    const policy = fencesOf(pageOf(rule)).find(({ language }) => language === 'yaml')?.text ?? '';
    writeFileSync(join(folder, `${rule}.yml`), policy.replace(/"0{64}"/, `"${digest}"`));
    const waived = await scan(placeOf(rule, 'fires'), '--policy', join(folder, `${rule}.yml`));
    expect(waived.findings.filter((finding) => finding.rule === rule)).toEqual([]);
    expect(waived.status === 'clean').toBe(scriptOf(rule, 'fires').also.length === 0);
  });
});
