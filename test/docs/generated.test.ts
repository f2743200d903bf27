import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS } from '../../cli/registry.ts';
import { type Block, withBlock } from '../../scripts/docs-block.ts';
import { cliHelp } from '../../scripts/docs-cli.ts';
import { commandTable } from '../../scripts/docs-commands.ts';
import { changeTable, keyTable, publishedSchema, SCHEMA_FILE } from '../../scripts/docs-config.ts';
import { jobTable } from '../../scripts/docs-jobs.ts';
import { call } from '../cli/world.ts';
import { fencesOf, PAGES, ROOT, textOf } from './pages.ts';

async function help(command: string): Promise<Block> {
  const { out } = await call(command === '' ? ['help'] : ['help', command]);
  return cliHelp(command, out);
}

const blocks: Block[] = [
  keyTable(),
  changeTable(),
  commandTable(),
  jobTable(),
  ...(await Promise.all(['', ...COMMANDS.map(({ name }) => name)].map(help))),
];

test.each(blocks)('$page: “$name” is what `$command` makes', (block) => {
  const page = textOf(block.page);
  expect(withBlock(page, block)).toBe(page);
});

const schema: unknown = JSON.parse(readFileSync(join(ROOT, SCHEMA_FILE), 'utf8'));

test('the published JSON Schema is that of the code', () => {
  expect(schema).toEqual(JSON.parse(JSON.stringify(publishedSchema())));
});

test('an editor with the published schema accepts every config of the docs', () => {
  const ajv = new Ajv2020({ strict: true });
  addFormats.default(ajv);
  const validate = ajv.compile(publishedSchema());
  for (const { language, mark, text } of PAGES.flatMap(fencesOf)) {
    if (language === 'yaml' && mark === 'config') expect(validate(parse(text)) ? [] : validate.errors).toEqual([]);
  }
});
