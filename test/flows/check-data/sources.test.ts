import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DataReport } from '../../../core/data/report/data-report.ts';
import { checkData } from '../../../flows/check-data/check-data.ts';
import { checkout } from '../../adapters/data-sources/place.ts';
import { type Web, webServer } from '../../adapters/data-sources/web.ts';
import { bundledEngines } from '../../adapters/duckdb/bundled-engines.ts';
import { contract } from '../../core/data/contract-samples.ts';

const AB = contract(`
- { name: a, logicalType: string }
- { name: b, logicalType: number, logicalTypeOptions: { minimum: 0 } }`);
const GOOD = gzipSync('a;b\n"x\ny";1\nz;2\n');
const here = checkout();
let web: Web;

beforeAll(async () => {
  web = await webServer(({ path }, response) => {
    if (path.startsWith('/good.csv.gz')) response.end(GOOD);
    else if (path === '/bad.csv') response.end(Buffer.from('\uFEFFa,b\nü,1\nz,-1\n', 'utf16le'));
    else response.writeHead(404).end();
  });
});
afterAll(async () => {
  await web.close();
  here.remove();
});

async function check(data: string, base: string | null = null): Promise<DataReport> {
  const files = here.open();
  const limits = { memoryMb: 256, threads: 2, seconds: 60, temporaryMb: 1024 };
  const shown = { dataset: 'd', contract: AB, contractFile: 'c.odcs.yaml', today: '2026-06-01' };
  try {
    return DataReport.parse(await checkData({ ...shown, data, base, limits }, { engines: bundledEngines(), files }));
  } finally {
    await files.close();
  }
}

describe('data from elsewhere', () => {
  test('is checked like any other, and its pin is in the report, without what gives access to it', async () => {
    const report = await check(`${web.url}/good.csv.gz?sig=secret`);
    const sha256 = createHash('sha256').update(GOOD).digest('hex');
    const source = `${web.url}/good.csv.gz`;
    expect(report).toMatchObject({
      status: 'passed',
      rows: 2,
      files: [{ path: source, bytes: GOOD.length, sha256 }],
      pins: [{ source, kind: 'sha256', value: sha256 }],
    });
    expect(JSON.stringify(report)).not.toContain('secret');
    expect(here.left()).toEqual([]);
  });

  test('keeps its lines', async () => {
    const report = await check(`${web.url}/bad.csv`);
    expect(report.findings.map(({ file, line, rule }) => [file, line, rule])).toEqual([
      [`${web.url}/bad.csv`, 3, 'minimum'],
    ]);
  });

  test('can be the base of data from here', async () => {
    here.put('head.csv', 'a,b\nx,1\nz,2\n');
    expect((await check('head.csv', `${web.url}/good.csv.gz`)).base).toMatchObject({ rows: 2 });
  });

  test('that is not there is not checked', async () => {
    expect(await check(`${web.url}/none.csv`)).toMatchObject({
      status: 'not_checked',
      reason: expect.stringContaining('expected 200, got 404'),
    });
    expect(here.left()).toEqual([]);
  });
});

test('data from here has no pins: its digests are in its files', async () => {
  here.put('own.csv', 'a,b\nx,1\n');
  expect(Object.keys(await check('own.csv'))).not.toContain('pins');
});
