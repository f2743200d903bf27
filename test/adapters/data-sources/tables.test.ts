import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkout } from './place.ts';

const here = checkout();
beforeAll(() => {
  here.put('table/_delta_log/00000000000000000000.json', '{}\n');
  here.put('ice/metadata/v1.metadata.json', '{}\n');
  here.put('ice/metadata/version-hint.text', '1');
  here.put('loose/metadata/00001-x.metadata.json', '{}\n');
  mkdirSync(join(here.root, 'elsewhere', '_delta_log'), { recursive: true });
  symlinkSync(join(here.root, 'elsewhere'), join(here.directory, 'linked'));
});
afterAll(() => here.remove());

describe('a table', () => {
  test.each([
    ['delta:table', /Delta table is read by DuckDB’s extension delta, which is not here.*TRAINYARD_DUCKDB_EXTENSIONS/],
    ['iceberg:loose/metadata/00001-x.metadata.json', /Iceberg table is read by DuckDB’s extension avro/],
    ['iceberg:ice@12', /Iceberg table is read by DuckDB’s extension avro, which is not here/],
  ])('%s without the extension says what to put where', async (reference, message) => {
    const files = here.open({ variables: { TRAINYARD_DUCKDB_EXTENSIONS: here.root } });
    await expect(files.list(reference)).rejects.toMatchObject({
      code: 'not_installed',
      message: expect.stringMatching(message),
    });
    await files.close();
  });

  test.each(['delta:none', 'delta:ice', 'iceberg:table'])('%s is none', async (reference) => {
    const files = here.open();
    await expect(files.list(reference)).rejects.toThrow(/expected a table’s folder, found no/);
    await files.close();
  });

  test('of Iceberg whose metadata is anyone’s guess is not guessed', async () => {
    const files = here.open();
    await expect(files.list('iceberg:loose')).rejects.toThrow(/name the file that the catalog names/);
    await files.close();
  });

  test('of a pull request stays within the repository', async () => {
    const files = here.open({ trust: { kind: 'pull_request', prefixes: [] } });
    await expect(files.list('delta:linked')).rejects.toThrow(/leads out of the repository/);
    await files.close();
  });
});
