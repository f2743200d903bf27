import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { z } from 'zod';
import { type AppWorld, commentPayload, deliver, startAppWorld } from '../app/world.ts';
import { copied, ROOT, stages } from './dockerfile.ts';

const run = promisify(execFile);
const Lock = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), devOptional: z.boolean().optional() })),
});

/** What the image holds, in a folder: its files, and those packages that `npm ci --omit=dev` would install. */
async function layImage(directory: string): Promise<void> {
  const [, last = []] = stages();
  for (const path of copied(last)) await cp(join(ROOT, path), join(directory, path), { recursive: true });
  const { packages } = Lock.parse(JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')));
  const installed = Object.entries(packages).filter(([path, { dev }]) => path.startsWith('node_modules/') && !dev);
  // What lies inside of another package comes with it, and other platforms' packages are not installed.
  const whole = installed
    .map(([path]) => path)
    .filter((path) => !path.slice('node_modules/'.length).includes('/node_modules/'))
    .filter((path) => !/^node_modules\/node-(bin-)?(linux|darwin|win)/.test(path) && existsSync(join(ROOT, path)));
  // Links to the same bytes: copies would be half a gigabyte.
  await run('cp', ['-al', '--parents', ...whole, directory], { cwd: ROOT });
}

describe('what the image holds', () => {
  let world: AppWorld;
  let directory: string;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    world = await startAppWorld();
    // On the disk of the checkout, or nothing could be linked.
    await mkdir(join(ROOT, '.trainyard'), { recursive: true });
    directory = await mkdtemp(join(ROOT, '.trainyard/image-'));
    await layImage(directory);
  });
  afterAll(async () => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await world?.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('is all that the App needs to start with a database of its own, handle a delivery, and end when asked to', async () => {
    const { config } = world;
    const data = await mkdtemp(join(inject('scratch'), 'image-'));
    const lines: string[] = [];
    child = spawn(process.execPath, ['app/main.ts'], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: '/usr/bin:/bin',
        APP_ID: String(config.appId),
        PRIVATE_KEY: config.privateKey,
        WEBHOOK_SECRET: config.webhookSecret,
        GITHUB_API_URL: config.githubUrl,
        TRAINYARD_SIGNING_KEY: config.signingKey,
        TRAINYARD_DATA_DIR: data,
        PORT: '0',
      },
    });
    createInterface({ input: child.stderr ?? process.stdin }).on('line', (line) => lines.push(line));
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout ?? process.stdin }), 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error(lines.join('\n')))),
    ]);
    const payload = commentPayload(world, { id: 1, pullRequest: 1 });
    const answer = await deliver(JSON.parse(line).webhooks, { id: 'in-the-image', event: 'issue_comment', payload });
    expect(answer.status).toBe(202);
    const handled = () => expect(lines.some((one) => one.includes('"in-the-image"'))).toBe(true);
    await vi.waitFor(handled, { timeout: 60_000, interval: 50 });
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(lines.filter((one) => one.includes('ERR_MODULE_NOT_FOUND'))).toEqual([]);
  });
});
