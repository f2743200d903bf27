import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { PrFile } from '../../core/explain/pr-file.ts';
import { withBlock } from '../../scripts/docs-block.ts';
import { explainBlocks, publishedSchemas } from '../../scripts/docs-explain.ts';
import { call, type Said } from '../cli/world.ts';
import { fencesOf, ROOT, textOf } from './pages.ts';

const PAGE = 'docs/explain.md';

/** What stands on the page in the fence of this language and mark. */
function fence(language: string, mark: string): string {
  const [found, ...more] = fencesOf(PAGE).filter((one) => one.language === language && one.mark === mark);
  if (found === undefined || more.length > 0) throw new Error(`expected one fence "${language} ${mark}" on ${PAGE}`);
  return found.text;
}

const schemas = publishedSchemas().map(({ file, schema }) => ({ file, schema }));
const validators = schemas.map(({ schema }) => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
});

test.each(explainBlocks())('$page: “$name” is what `$command` makes', (block) => {
  const page = textOf(block.page);
  expect(withBlock(page, block)).toBe(page);
});

test.each(schemas)('$file is the schema of the code', ({ file, schema }) => {
  expect(JSON.parse(readFileSync(join(ROOT, file), 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
});

describe('the example of the page', () => {
  const directory = mkdtempSync(join(tmpdir(), 'explain-'));
  let said: Said = { code: 2, out: '', err: '' };

  beforeAll(async () => {
    writeFileSync(join(directory, 'base.yml'), fence('yaml', 'config'));
    writeFileSync(join(directory, 'pr.json'), fence('json', 'pr'));
    const [, , ...args] = fence('sh', 'explain').trim().split(' ');
    said = await call(['explain', ...args], { directory, input: fence('text', 'comment') });
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  test('is answered as the page says', () => {
    expect(said.err).toBe('');
    expect(JSON.parse(said.out)).toEqual(JSON.parse(fence('json', 'answer')));
  });

  test('fits the published schemas', () => {
    const [input, output] = validators;
    expect(input?.(JSON.parse(fence('json', 'pr'))) ? [] : input?.errors).toEqual([]);
    expect(output?.(JSON.parse(said.out)) ? [] : output?.errors).toEqual([]);
  });

  test('in GitHub’s spelling may train, too', async () => {
    writeFileSync(join(directory, 'github.json'), fence('json', 'github'));
    const args = ['--config', 'base.yml', '--pr', 'github.json', '--role', 'write'];
    const { out } = await call(['explain', ...args], { directory, input: '/train' });
    expect(JSON.parse(out)).toMatchObject({ verdict: 'allowed', missing: [] });
  });

  test('holds every key that the page says a /train needs', () => {
    const keys = Object.keys(z.record(z.string(), z.unknown()).parse(JSON.parse(fence('json', 'pr'))));
    expect(Object.keys(PrFile.shape)).toEqual(expect.arrayContaining(keys));
    for (const key of ['state', 'author', 'head', 'base', 'fork', 'sightings', 'plan', 'ledger', 'runs'])
      expect(keys).toContain(key);
  });
});
