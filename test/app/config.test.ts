import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { ConfigError, isLocalGithub, readConfig } from '../../app/config.ts';
import { secretsOf } from '../../app/redaction/secrets.ts';

const good = {
  APP_ID: '7',
  PRIVATE_KEY: 'key\\nof\\nlines',
  WEBHOOK_SECRET: 'a long secret',
  TRAINYARD_SIGNING_KEY: 'signing',
};

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the App’s settings', () => {
  test('have defaults for all but the four that only their owner knows', () => {
    expect(readConfig(good)).toEqual({
      appId: 7,
      privateKey: 'key\nof\nlines',
      webhookSecret: 'a long secret',
      previousWebhookSecret: null,
      githubUrl: 'https://api.github.com',
      signingKey: 'signing',
      dataDir: '.trainyard/app',
      databaseUrl: null,
      host: '127.0.0.1',
      port: 3000,
      publicUrl: null,
      metricsHost: '127.0.0.1',
      metricsPort: null,
      timerInterval: 60_000,
      proxy: null,
      traces: null,
      mlflow: null,
      compute: { engines: { kubernetes: null, ray: null }, store: null },
      lease: 3000,
      drain: 20_000,
    });
  });

  test('that are missing are named, one line each', () => {
    expect(problemsOf({}).map((line) => line.split(':')[0])).toEqual([
      'APP_ID',
      'WEBHOOK_SECRET',
      'PRIVATE_KEY',
      'TRAINYARD_SIGNING_KEY',
    ]);
  });

  test.each([
    ['WEBHOOK_SECRET', ''],
    ['WEBHOOK_SECRET', 'short'],
    ['WEBHOOK_SECRET_PREVIOUS', 'short'],
    ['APP_ID', 'trainyard'],
    ['METRICS_PORT', 'off'],
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['GITHUB_API_URL', 'ftp://example.com'],
    ['DATABASE_URL', 'mysql://x'],
    ['TRAINYARD_TIMER_SECONDS', '0'],
    ['MLFLOW_TRACKING_URI', 'databricks'],
    ['HTTPS_PROXY', 'proxy.example.com:3128'],
    ['HTTP_PROXY', 'socks5://proxy.example.com'],
  ])('refuse %s=%j', (name, value) => {
    expect(problemsOf({ ...good, [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name}: expected `))]);
  });

  test.each([
    ['PRIVATE_KEY', 'privateKey', 'a key\nof lines'],
    ['TRAINYARD_SIGNING_KEY', 'signingKey', 'a key'],
    ['WEBHOOK_SECRET', 'webhookSecret', 'a secret in a file'],
    ['WEBHOOK_SECRET_PREVIOUS', 'previousWebhookSecret', 'an older secret'],
    ['DATABASE_URL', 'databaseUrl', 'postgresql://ada:secret@db.example.com/trainyard'],
  ] as const)('take %s from a file, without the line end behind it', (name, key, content) => {
    const path = join(inject('scratch'), name);
    writeFileSync(path, `${content}\n`);
    expect(readConfig({ ...good, [name]: undefined, [`${name}_PATH`]: path })[key]).toBe(content);
  });

  test('refuse an empty file: without DATABASE_URL, a database of our own would be started', () => {
    const path = join(inject('scratch'), 'empty');
    writeFileSync(path, '\n');
    expect(problemsOf({ ...good, DATABASE_URL_PATH: path })).toEqual([
      `DATABASE_URL_PATH: expected a secret, found an empty file at ${path}`,
    ]);
  });

  test.each([
    [{}, null],
    [{ MLFLOW_TRACKING_TOKEN: 'word' }, 'Bearer word'],
    [{ MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_TRACKING_PASSWORD: 'a:b' }, `Basic ${btoa('ada:a:b')}`],
  ])('make of %j what MLflow is told', (more, authorization) => {
    const uri = 'https://mlflow.example.com';
    const config = readConfig({ ...good, MLFLOW_TRACKING_URI: uri, ...more });
    expect(config.mlflow).toEqual({ uri, authorization });
    // Nobody sees it, as sent or as set.
    const secrets = secretsOf(config);
    for (const secret of [authorization?.split(' ')[1], ...Object.values(more).filter((value) => value !== 'ada')])
      if (secret !== undefined) expect(secrets).toContain(secret);
  });

  test('hold the store and the clusters that policy may name, and their secrets where nobody sees them', () => {
    const config = readConfig({
      ...good,
      TRAINYARD_STORE_BUCKETS: 'team-runs, other-runs',
      TRAINYARD_STORE_ACCESS_KEY_ID: 'id',
      TRAINYARD_STORE_SECRET_ACCESS_KEY: 'secret of the store',
      TRAINYARD_KUBECONFIG: 'in-cluster',
      TRAINYARD_RAY_ADDRESS: 'https://ray.example.com',
      TRAINYARD_RAY_TOKEN: 'token of the cluster',
    });
    expect(config.compute).toEqual({
      engines: {
        kubernetes: { kubeconfig: null, context: null },
        ray: { address: 'https://ray.example.com', token: 'token of the cluster' },
      },
      store: {
        buckets: ['team-runs', 'other-runs'],
        endpoint: null,
        credentials: { accessKeyId: 'id', secretAccessKey: 'secret of the store' },
      },
    });
    expect(secretsOf(config)).toEqual(expect.arrayContaining(['secret of the store', 'token of the cluster']));
  });

  test('want both halves of the store’s key', () => {
    expect(problemsOf({ ...good, TRAINYARD_STORE_ACCESS_KEY_ID: 'id' })).toEqual([
      'TRAINYARD_STORE_SECRET_ACCESS_KEY: expected it beside TRAINYARD_STORE_ACCESS_KEY_ID, found nothing',
    ]);
  });

  test('take the proxy from variables in capitals or in small letters', () => {
    const proxies = { HTTPS_PROXY: 'http://capital:1', https_proxy: 'http://small:1', NO_PROXY: '.example.com' };
    expect(readConfig({ ...good, ...proxies }).proxy).toEqual({
      https: 'http://small:1',
      http: null,
      except: '.example.com',
    });
    expect(readConfig({ ...good, NO_PROXY: '*' }).proxy).toBeNull();
  });

  test('name the file that can not be read', () => {
    const { PRIVATE_KEY: _, ...rest } = good;
    expect(problemsOf({ ...rest, PRIVATE_KEY_PATH: '/nowhere/key.pem' })).toEqual([
      'PRIVATE_KEY_PATH: expected a readable file, found none at /nowhere/key.pem',
    ]);
  });
});

test.each([
  ['https://api.github.com', false],
  ['http://127.0.0.1:8080/api/v3', true],
  ['http://localhost:8080/api/v3', true],
  ['https://127.0.0.1.example.com/api/v3', false],
])('%s is the GitHub of this machine: %s', (url, local) => {
  expect(isLocalGithub(url)).toBe(local);
});
