import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { type ProxyConfig, useProxy } from '../../app/proxy.ts';
import { freshDatabase } from './database/fresh-database.ts';
import { CREDENTIALS, HOST, type ProxiedGithub, proxiedGithub } from './proxied.ts';
import { type AppWorld, startAppWorld } from './world.ts';

const MAIN = resolve(import.meta.dirname, '../../app/main.ts');
let world: AppWorld;
let github: ProxiedGithub;
const children: ChildProcess[] = [];

beforeAll(async () => {
  world = await startAppWorld();
  const directory = await mkdtemp(join(inject('scratch'), 'proxy-'));
  github = await proxiedGithub(Number(new URL(world.github.urls.api).port), directory);
});
afterAll(async () => {
  for (const child of children) await end(child);
  await github?.close();
  await world?.close();
});
beforeEach(() => {
  github.asked.length = 0;
  github.paths.length = 0;
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Starts the App; what it writes, line by line, and the code that it ends with if it can't start. */
async function start(settings: Record<string, string>): Promise<{ lines: string[]; child: ChildProcess }> {
  const { config } = world;
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_NO_WARNINGS: '1',
      NODE_EXTRA_CA_CERTS: github.certificate,
      APP_ID: String(config.appId),
      PRIVATE_KEY: config.privateKey,
      WEBHOOK_SECRET: config.webhookSecret,
      TRAINYARD_SIGNING_KEY: config.signingKey,
      DATABASE_URL: await freshDatabase(),
      PORT: '0',
      ...settings,
    },
  });
  children.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stderr ?? process.stdin }).on('line', (line) => lines.push(line));
  return { lines, child };
}

const hosts = () => new Set(github.asked.map((one) => one.replace(/^[A-Z]+ (?:http:\/\/)?([^/]*).*$/, '$1')));

/** Asks for an address with this proxy in force; whether the proxy was asked for it. */
async function isAskedOfProxy(address: string, proxy: Partial<ProxyConfig>): Promise<boolean> {
  const undo = useProxy({ https: null, http: null, except: null, ...proxy });
  try {
    await fetch(address).catch(() => {});
  } finally {
    undo();
  }
  return github.asked.length > 0;
}

describe('a request', () => {
  test.each([
    ['https', null, true],
    ['https', 'other.example.com', true],
    ['https', HOST, false],
    ['https', '.example.test', false],
    ['https', 'other.example.com, *.example.test', false],
    ['https', `${HOST}:443`, false],
    ['https', `${HOST}:8443`, true],
    ['https', 'other.example.com,*', false],
    ['http', null, true],
    ['http', '.example.test', false],
  ] as const)('by %s, with NO_PROXY=%s, goes through the proxy: %s', async (scheme, except, expected) => {
    const address = `${scheme}://${HOST}/api/v3/meta`;
    expect(await isAskedOfProxy(address, { [scheme]: github.proxy, except })).toBe(expected);
  });

  test('to this machine never goes through it', async () => {
    expect(await isAskedOfProxy(world.github.urls.api, { http: github.proxy })).toBe(false);
  });
});

describe('behind a proxy', () => {
  test('the API of a GitHub Enterprise Server, tokens and git all go through it, with its credentials', async () => {
    const settings = { GITHUB_API_URL: `https://${HOST}/api/v3`, HTTPS_PROXY: github.proxy, NO_PROXY: '.example.com' };
    const { child, lines } = await start(settings);
    const { id } = world.installation;
    const wanted = [
      '/api/v3/app',
      `/api/v3/app/installations/${id}/access_tokens`,
      expect.stringMatching(/^\/api\/v3\/repos\/flights\/delay/),
      '/flights/delay.git/git-upload-pack',
    ];
    const arrived = () => expect(github.paths, lines.join('\n')).toEqual(expect.arrayContaining(wanted));
    await vi.waitFor(arrived, { timeout: 50_000, interval: 50 });
    expect(hosts()).toEqual(new Set([`${HOST}:443`]));
    await end(child);
    expect(lines.join('\n')).not.toContain(decodeURIComponent(CREDENTIALS).split(':')[1]);
    expect(lines.join('\n')).not.toContain(CREDENTIALS.split(':')[1]);
  });

  test('a proxy that wants other credentials is named where the App can not start', async () => {
    const stranger = github.proxy.replace(CREDENTIALS, 'builder:wrongword');
    const { child, lines } = await start({ GITHUB_API_URL: `https://${HOST}/api/v3`, HTTPS_PROXY: stranger });
    expect(await once(child, 'exit')).toEqual([2, null]);
    expect(lines.at(-1)).toMatch(/^expected https:.* to know this App, but .*proxy/i);
    expect(lines.join('\n')).not.toContain('wrongword');
  });
});
