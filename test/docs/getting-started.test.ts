import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { localKeySigner } from '../../adapters/signing/local-key.ts';
import { readConfig } from '../../app/config.ts';
import { parseConfig } from '../../core/config/parse.ts';
import { parsePublicKey } from '../../core/ledger/keys.ts';
import { codeIn, fencesOf, ROOT, tableAfter } from './pages.ts';

const PAGE = 'docs/getting-started.md';
const rows = tableAfter(PAGE, '## 6. Run the App').map(([names = '', value = '']) => ({
  names: codeIn(names),
  value: codeIn(value)[0] ?? value,
}));

describe('the settings of the App', () => {
  test('are those that its code reads', () => {
    const source = readFileSync(join(ROOT, 'app/config.ts'), 'utf8');
    const body = /const Settings = z\.object\(\{([\s\S]*?)\n\}\);/.exec(source)?.[1] ?? '';
    const compute = readFileSync(join(ROOT, 'app/compute-settings.ts'), 'utf8');
    const runners = readFileSync(join(ROOT, 'app/runner-settings.ts'), 'utf8');
    const read = [...`${body}\n${compute}\n${runners}`.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name = '']) => name);
    expect(read.length).toBeGreaterThan(5);
    expect(rows.map(({ names }) => names[0]).sort()).toEqual(read.sort());
  });

  test('that may stand in a file do so by the name that the code reads', () => {
    const inFiles = rows.flatMap(({ names }) => names.slice(1));
    // One file will do: it is an address, and long enough.
    const path = join(mkdtempSync(join(tmpdir(), 'docs-')), 'secret');
    writeFileSync(path, 'postgresql://db.example.com/trainyard\n');
    const found = readConfig({ APP_ID: '7', ...Object.fromEntries(inFiles.map((name) => [name, path])) });
    rmSync(dirname(path), { recursive: true });
    const { privateKey, signingKey, webhookSecret, previousWebhookSecret, databaseUrl } = found;
    const expected = 'postgresql://db.example.com/trainyard';
    expect(new Set([privateKey, signingKey, webhookSecret, previousWebhookSecret, databaseUrl])).toEqual(
      new Set([expected]),
    );
  });

  test('have the defaults that the page names', () => {
    const required = { APP_ID: '7', WEBHOOK_SECRET: 'a long secret', PRIVATE_KEY: 'a', TRAINYARD_SIGNING_KEY: 'b' };
    const config = readConfig(required);
    expect(Object.fromEntries(rows.map(({ names, value }) => [names[0], value]))).toEqual({
      ...Object.fromEntries(Object.keys(required).map((name) => [name, 'required'])),
      GITHUB_API_URL: config.githubUrl,
      TRAINYARD_DATA_DIR: config.dataDir,
      DATABASE_URL: 'none',
      HOST: config.host,
      PORT: String(config.port),
      PUBLIC_URL: 'none',
      WEBHOOK_SECRET_PREVIOUS: 'none',
      METRICS_PORT: 'none',
      METRICS_HOST: config.metricsHost,
      TRAINYARD_TIMER_SECONDS: String(config.timerInterval / 1000),
      TRAINYARD_LEASE_SECONDS: String(config.lease / 1000),
      TRAINYARD_DRAIN_SECONDS: String(config.drain / 1000),
      MLFLOW_TRACKING_URI: 'none',
      MLFLOW_TRACKING_TOKEN: 'none',
      MLFLOW_TRACKING_USERNAME: 'none',
      MLFLOW_TRACKING_PASSWORD: 'none',
      TRAINYARD_STORE_BUCKETS: 'none',
      TRAINYARD_STORE_ENDPOINT: 'none',
      TRAINYARD_STORE_ACCESS_KEY_ID: 'none',
      TRAINYARD_STORE_SECRET_ACCESS_KEY: 'none',
      TRAINYARD_KUBECONFIG: 'none',
      TRAINYARD_RUNNERS_KUBERNETES: 'none',
      TRAINYARD_RUNNERS_LOCAL: 'none',
      TRAINYARD_KUBE_CONTEXT: 'none',
      TRAINYARD_RAY_ADDRESS: 'none',
      TRAINYARD_RAY_TOKEN: 'none',
      HTTPS_PROXY: 'none',
      HTTP_PROXY: 'none',
      NO_PROXY: 'none',
    });
    const { databaseUrl, publicUrl, previousWebhookSecret, metricsPort } = config;
    expect([databaseUrl, publicUrl, previousWebhookSecret, metricsPort]).toEqual([null, null, null, null]);
  });
});

test('the commands for the signing key make a key that signs and that policy accepts', () => {
  const directory = mkdtempSync(join(tmpdir(), 'docs-key-'));
  const shell = (text: string): string =>
    execFileSync('bash', ['-e', '-o', 'pipefail', '-c', text], { cwd: directory, encoding: 'utf8', stdio: 'pipe' });
  try {
    const [make, id] = fencesOf(PAGE).filter(({ language, text }) => language === 'sh' && text.includes('openssl'));
    shell(make?.text ?? '');
    const { keyid } = localKeySigner(join(directory, 'trainyard-signing.pem'));
    expect(parsePublicKey(readFileSync(join(directory, 'keys/trainyard.pub'), 'utf8')).keyid).toBe(keyid);
    expect(shell(id?.text ?? '')).toContain(keyid);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('the commands that begin a repository copy an example whole and put the owner in its workflows', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'docs-copy-'));
  try {
    symlinkSync(ROOT, join(scratch, 'trainyard'));
    mkdirSync(join(scratch, 'team'));
    const [copy] = fencesOf(PAGE).filter(({ mark }) => mark === 'copy');
    execFileSync('bash', ['-e', '-c', copy?.text ?? 'false'], { cwd: join(scratch, 'team'), stdio: 'pipe' });
    expect(parseConfig(readFileSync(join(scratch, 'team/.github/trainyard.yml'), 'utf8'))).toMatchObject({ ok: true });
    const workflows = join(scratch, 'team/.github/workflows');
    const calls = readdirSync(workflows).flatMap(
      (name) => readFileSync(join(workflows, name), 'utf8').match(/uses: .*trainyard\/.*/g) ?? [],
    );
    expect(calls).toHaveLength(4);
    expect(calls.filter((call) => !call.startsWith('uses: your-org/trainyard/'))).toEqual([]);
    expect(readdirSync(workflows).filter((name) => !name.endsWith('.yml'))).toEqual([]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

test('the train workflow of the page is the example’s, but for its runner', () => {
  const Wrapper = z.looseObject({
    'run-name': z.string(),
    on: z.looseObject({ workflow_dispatch: z.looseObject({ inputs: z.record(z.string(), z.looseObject({})) }) }),
    jobs: z.looseObject({
      trainyard: z.looseObject({
        permissions: z.record(z.string(), z.string()),
        uses: z.string(),
        with: z.record(z.string(), z.string()),
      }),
    }),
  });
  const read = (text: string) => {
    const wrapper = Wrapper.parse(parse(text));
    const { permissions, uses, with: passed } = wrapper.jobs.trainyard;
    const inputs = Object.entries(wrapper.on.workflow_dispatch.inputs);
    return { name: wrapper['run-name'], permissions, uses, passed, inputs };
  };
  const [shown] = fencesOf(PAGE).filter(({ mark }) => mark === 'workflow');
  const page = read(shown?.text ?? '');
  const example = read(readFileSync(join(ROOT, 'examples/flight-delay/.github/workflows/trainyard-train.yml'), 'utf8'));
  const { train_runs_on: runner, ...passed } = page.passed;
  expect({ ...page, passed }).toEqual(example);
  expect(JSON.parse(runner ?? '')).toEqual(['self-hosted', 'gpu']);
  const ours = readFileSync(join(ROOT, 'workflows/train.yml'), 'utf8');
  for (const input of Object.keys(page.passed)) expect(ours).toContain(`\n      ${input}:\n`);
});
