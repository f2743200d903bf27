import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetchStored } from '../../../actions/collect/stored-output.ts';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import { sha256Hex } from '../../../core/canonical.ts';
import { CONFIG_PATH } from '../../../core/config/schema.ts';
import { GitId, RepositoryName, Sha256 } from '../../../core/names.ts';
import { openStage } from '../stage.ts';

const stage = openStage();
const MODEL = 'bytes of a model';
let server: Server;
let origin: string;
/** Paths that were asked for. */
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://store').pathname;
    asked.push(path);
    if (path.endsWith('/moved')) response.writeHead(307, { location: `${origin}/runs/ada/team/R/output.tar` }).end();
    else if (path.endsWith('/expired')) response.writeHead(403).end('AccessDenied');
    else response.end(request.headers['x-part'] === 'of the signature' ? 'header' : MODEL);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(async () => {
  stage.close();
  await new Promise((resolve) => server.close(resolve));
});

const CONFIG = (store: string): string => `version: 1
models:
  delay: { inputs: [train.py], train: { run: python train.py } }
policy: { ${store} }
`;

async function fetchFrom(
  path: string,
  change: { size?: number; sha256?: string; store?: string; headers?: Record<string, string>; at?: string } = {},
): Promise<string> {
  const store = change.store ?? `store: { s3: { bucket: runs, endpoint: "${origin}" } }`;
  const base = stage.repository({ [CONFIG_PATH]: CONFIG(store), 'train.py': '' });
  const directory = mkdtempSync(join(tmpdir(), 'stored-'));
  try {
    await fetchStored({
      source: {
        url: `${change.at ?? origin}${path}`,
        headers: change.headers ?? {},
        size: change.size ?? MODEL.length,
      },
      sha256: Sha256.parse(change.sha256 ?? sha256Hex(MODEL)),
      directory,
      repository: RepositoryName.parse('Ada/team'),
      base: openObjects(base.directory, process.env),
      policyCommit: GitId.parse(base.commit),
    });
    return readFileSync(join(directory, 'output.tar'), 'utf8');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const OUTPUT = '/runs/ada/team/R/output.tar';

test('an output in the store of the base’s policy is fetched', async () => {
  expect(await fetchFrom(OUTPUT)).toBe(MODEL);
});

test('the headers that were signed are sent', async () => {
  const headers = { 'x-part': 'of the signature' };
  expect(await fetchFrom(OUTPUT, { headers, size: 6, sha256: sha256Hex('header') })).toBe('header');
});

test.each([
  ['of another bucket', '/other/ada/team/R/output.tar'],
  ['of another repository', '/runs/ada/others/R/output.tar'],
  ['that climbs out', '/runs/ada/team/../others/R/output.tar'],
])('an address %s is not asked', async (_what, path) => {
  asked.length = 0;
  await expect(fetchFrom(path)).rejects.toMatchObject({ code: 'artifact_invalid' });
  expect(asked).toEqual([]);
});

test('an address of another server is not asked, whatever its path', async () => {
  asked.length = 0;
  const at = origin.replace('127.0.0.1', 'localhost');
  await expect(fetchFrom(OUTPUT, { at })).rejects.toMatchObject({ code: 'artifact_invalid' });
  expect(asked).toEqual([]);
});

test('nothing is fetched where the base’s policy has no store', async () => {
  asked.length = 0;
  await expect(fetchFrom(OUTPUT, { store: 'forks: deny' })).rejects.toThrow('expected policy.store');
  expect(asked).toEqual([]);
});

test.each([
  ['is redirected', '/runs/ada/team/R/moved', {}, 'redirect'],
  ['has expired', '/runs/ada/team/R/expired', {}, 'answered 403'],
  ['has more bytes than were announced', OUTPUT, { size: MODEL.length - 1 }, 'got more'],
  ['has fewer bytes', OUTPUT, { size: MODEL.length + 1 }, `got ${MODEL.length}`],
  ['is larger than may be', OUTPUT, { size: 2 ** 40 }, 'expected at most'],
])('an output whose address %s is refused', async (_what, path, change, message) => {
  await expect(fetchFrom(path, change)).rejects.toMatchObject({
    code: 'artifact_invalid',
    message: expect.stringContaining(message),
  });
});

test('an output that was replaced since is refused by its digest', async () => {
  await expect(fetchFrom(OUTPUT, { sha256: '0'.repeat(64) })).rejects.toMatchObject({ code: 'digest_mismatch' });
});
