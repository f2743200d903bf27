import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMPILING, goTool, hasGo } from './go-tool.ts';

const run = promisify(execFile);
const FILE = resolve(import.meta.dirname, '../../deploy/compose.yaml');

/** Variables as Compose fills them in: the loader's own program does not hand it the environment. */
function filled(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
    if (env[name] === undefined && kind === '?') throw new Error(`${name}: ${rest}`);
    return env[name] ?? rest;
  });
}

/** Read by the library that `docker compose` reads it with. */
describe.skipIf(!hasGo('compose.yaml'))('compose.yaml', () => {
  let loader: string;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trainyard-compose-'));
    loader = await goTool('github.com/compose-spec/compose-go/v2/cmd', 'v2.16.2');
  }, COMPILING);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function load(text: string): Promise<Record<string, unknown>> {
    const path = join(directory, 'compose.yaml');
    await writeFile(path, text);
    const { stdout } = await run(loader, ['--format', 'json', path], { cwd: directory });
    return JSON.parse(stdout);
  }
  const settings = { APP_ID: '7', PUBLIC_URL: 'https://trainyard.example.com' };
  const text = async (env = settings) => filled(await readFile(FILE, 'utf8'), env);

  test('is what Compose accepts, with everything where it should be', async () => {
    expect(await load(await text())).toMatchObject({
      services: {
        app: {
          ports: [
            { host_ip: '127.0.0.1', published: '3000' },
            { host_ip: '127.0.0.1', published: '9464' },
          ],
          depends_on: { postgres: { condition: 'service_healthy' } },
          user: '1000:1000',
          read_only: true,
        },
        postgres: { volumes: [{ source: 'database', target: '/var/lib/postgresql' }] },
      },
    });
  });

  test('hands on what its pages say may be set, and nothing where it is not', async () => {
    const given = { WEBHOOK_SECRET_PREVIOUS: 'the one before', TRAINYARD_TIMER_SECONDS: '300' };
    const environmentOf = async (env: typeof settings) =>
      Object((await load(await text(env)))['services']).app.environment as Record<string, string>;
    expect(await environmentOf({ ...settings, ...given })).toMatchObject(given);
    expect(await environmentOf(settings)).toMatchObject({ WEBHOOK_SECRET_PREVIOUS: '', TRAINYARD_TIMER_SECONDS: '60' });
  });

  test.each([
    ['a key that Compose does not know', 'stop_grace_period: 45s', 'stop_grace: 45s'],
    ['a value of another type', 'shm_size: 256mb', 'shm_size: [256]'],
  ])('would not pass with %s', async (_, right, wrong) => {
    const given = await text();
    expect(given).toContain(right);
    await expect(load(given.replace(right, wrong))).rejects.toThrow('failed to load project');
  });

  test.each(['APP_ID', 'PUBLIC_URL'])('says what is expected where %s is not set', async (name) => {
    const { [name]: _, ...rest } = settings as Record<string, string>;
    await expect(readFile(FILE, 'utf8').then((given) => filled(given, rest))).rejects.toThrow(`${name}: the `);
  });
});
