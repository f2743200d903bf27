import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatasets } from '../../../actions/runtime/dataset.ts';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import type { WarehouseQueries } from '../../../core/config/queries.ts';
import { DatasetPlace } from '../../../core/fingerprint/manifest.ts';
import { type Seen, type Web, webServer } from '../../adapters/data-sources/web.ts';
import { NO_ACCESS, openStage } from '../stage.ts';
import { sha256 } from '../stores.ts';

const stage = openStage();
let web: Web;
let asked: Seen[];
const SELECT = 'SELECT a, b FROM flights ORDER BY a';
const RESULT = '{"a":"x","b":1}\n{"a":"y","b":2}\n';

beforeEach(async () => {
  asked = [];
  web = await webServer((seen, response) => {
    asked.push(seen);
    response.setHeader('content-type', 'application/json');
    if (seen.path.startsWith('/part')) return void response.end('[["x","1"],["y","2"]]');
    const schema = { columns: ['a', 'b'].map((name, at) => ({ name, type_name: at === 0 ? 'STRING' : 'INT' })) };
    const links = { external_links: [{ external_link: `${web.url}/part`, chunk_index: 0 }] };
    response.end(
      JSON.stringify({ statement_id: 's', status: { state: 'SUCCEEDED' }, manifest: { schema }, result: links }),
    );
  });
});
afterEach(() => web.close());
afterAll(() => stage.close());

interface How {
  readonly token?: string;
  readonly version?: string;
  readonly path?: string;
}

async function read(
  location: string,
  pin: string | null,
  { token = 'dapi', version, path = 'data/f.jsonl' }: How = {},
) {
  const { directory, commit } = stage.repository({ 'README.md': 'x' });
  const objects = openObjects(directory, process.env);
  // As a job has them: whatever else its step was given does not decide where the token goes.
  const variables = { DATABRICKS_TOKEN: token, DATABRICKS_HOST: 'elsewhere.example.com' };
  const queries: WarehouseQueries = { flights: { at: 'databricks', host: web.url, warehouse: 'w1', query: SELECT } };
  const access = { ...NO_ACCESS, variables, allowPrivate: true };
  const datasets = openDatasets(stage.job(), access, [], queries);
  try {
    const place = DatasetPlace.parse({ path, at: { location, version: version ?? null, sha256: pin } });
    const found = await datasets.find(place, { objects, tree: await objects.tree(commit) });
    if (found === null) throw new Error('nothing was found');
    const { files, pins } = await datasets.read(found, 1 << 20);
    const contents = files.map((file) => ('from' in file ? [file.path, readFileSync(file.from, 'utf8')] : []));
    return { contents, pins };
  } finally {
    await datasets.close();
  }
}

describe('a query of the default branch’s policy', () => {
  test('is run as it stands there, and its result is pinned by its digest', async () => {
    const { contents, pins } = await read('query:flights', sha256(RESULT));
    expect(contents).toEqual([['data/f.jsonl', RESULT]]);
    expect(pins).toEqual([
      { source: 'query:flights', kind: 'sha256', value: sha256(RESULT) },
      { source: `databricks:${SELECT}`, kind: 'statement', value: 's' },
    ]);
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ statement: SELECT, warehouse_id: 'w1' });
    expect(asked.map(({ path, headers }) => [path.slice(0, 5), headers.authorization])).toEqual([
      ['/api/', 'Bearer dapi'],
      ['/part', undefined],
    ]);
  });

  test('whose result is not what the config pins is refused', async () => {
    await expect(read('query:flights', 'f'.repeat(64))).rejects.toThrow(/expected sha256 f+ at query:flights, found/);
  });

  test.each([
    ['that policy does not have', 'query:others', {}, /expected one of policy\.queries .*\(flights\), got "others"/],
    ['in the location’s own words', `query:${SELECT}`, {}, /the name of one of policy\.queries/],
    ['as the command line names it', `databricks:${SELECT}`, {}, /expected a location that begins with/],
    ['to a file of another kind', 'query:flights', { path: 'data/f.csv' }, /ends in \.jsonl/],
    ['at a version', 'query:flights', { version: '3' }, /no version/],
    ['without its token', 'query:flights', { token: '' }, /hand on the secret DATA_DATABRICKS_TOKEN/],
  ])('%s is refused, and nothing is asked', async (_what, location, how: How, message) => {
    await expect(read(location, null, how)).rejects.toMatchObject({
      code: 'input_refused',
      message: expect.stringMatching(message),
    });
    expect(asked).toEqual([]);
  });
});
