import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ComputeSettings } from '../adapters/engines/compute.ts';
import type { RunnerSettings } from '../adapters/runners/registry.ts';
import { COMPUTE_SETTINGS, computeSettings } from './compute-settings.ts';
import type { ProxyConfig } from './proxy.ts';
import { RUNNER_SETTINGS, runnerSettings } from './runner-settings.ts';
import { readTraceSettings } from './telemetry/settings.ts';
import type { TraceSettings } from './telemetry/telemetry.ts';

/** Everything the App reads from its environment, checked once. */
export interface AppConfig {
  readonly appId: number;
  /** The App's JWT key, PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** Still accepted while GitHub is given the new one; null when none is being replaced. */
  readonly previousWebhookSecret: string | null;
  readonly githubUrl: string;
  /** PEM, or a path. Not the JWT key (DESIGN section 3). */
  readonly signingKey: string;
  readonly dataDir: string;
  /** Null: an embedded PostgreSQL under the data directory. */
  readonly databaseUrl: string | null;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Where jobs reach us with live metrics; null: the address that we listen at. */
  readonly publicUrl: string | null;
  readonly metricsHost: string;
  /** Where `/metrics` is served, 0: any free one; null: nowhere. */
  readonly metricsPort: number | null;
  /** Milliseconds between reconciliations of a repository. */
  readonly timerInterval: number;
  /** Milliseconds without a sign of life after which another replica takes over a process's work. */
  readonly lease: number;
  /** Milliseconds for which a process that is asked to end finishes what it runs; it then hands over the rest. */
  readonly drain: number;
  /** Null: GitHub is asked directly. */
  readonly proxy: ProxyConfig | null;
  /** Null: nothing is traced. */
  readonly traces: TraceSettings | null;
  /** Null: runs are logged nowhere. */
  readonly mlflow: MlflowSettings | null;
  /** Clusters and the store that policy may name. */
  readonly compute: ComputeSettings;
  /** What makes runners for single jobs; absent: nothing. */
  readonly runners?: RunnerSettings;
}

/** By the names that MLflow's own client reads. */
export interface MlflowSettings {
  readonly uri: string;
  /** For `authorization`. */
  readonly authorization: string | null;
}

export class ConfigError extends Error {
  readonly code = 'config_invalid';
  /** One line per setting. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the App can't start:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What may also stand in a file of its own: an environment is shown by many a tool. */
const SECRETS = [
  'PRIVATE_KEY',
  'TRAINYARD_SIGNING_KEY',
  'WEBHOOK_SECRET',
  'WEBHOOK_SECRET_PREVIOUS',
  'DATABASE_URL',
  'MLFLOW_TRACKING_TOKEN',
  'MLFLOW_TRACKING_PASSWORD',
  'TRAINYARD_STORE_ACCESS_KEY_ID',
  'TRAINYARD_STORE_SECRET_ACCESS_KEY',
  'TRAINYARD_RAY_TOKEN',
] as const;

const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const;

const Address = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ''));
const ProxyAddress = z.url({
  protocol: /^https?$/,
  error: 'the address of a proxy, such as http://proxy.example.com:3128',
});

/** Each setting with what it expects, in the words that a person sees when it is missing or wrong. */
const Settings = z.object({
  APP_ID: z.coerce.number('the id of the GitHub App, from its settings page').int().positive(),
  // Probot would take an empty secret for "development", and anybody could sign deliveries.
  WEBHOOK_SECRET: z
    .string('the webhook secret of the App, here or in a file that WEBHOOK_SECRET_PATH names')
    .min(8, 'a webhook secret of at least 8 characters'),
  WEBHOOK_SECRET_PREVIOUS: z.string().min(8, 'a webhook secret of at least 8 characters').optional(),
  GITHUB_API_URL: Address.default('https://api.github.com'),
  PRIVATE_KEY: z.string('the private key of the GitHub App, here or in a file that PRIVATE_KEY_PATH names'),
  TRAINYARD_SIGNING_KEY: z.string(
    'the P-256 key that signs the ledger, here or in a file that TRAINYARD_SIGNING_KEY_PATH names; docs/getting-started.md says how to make one',
  ),
  TRAINYARD_DATA_DIR: z.string().default('.trainyard/app'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'a postgresql:// address' }).optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number('a port number').int().min(0).max(65_535).default(3000),
  PUBLIC_URL: Address.optional(),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: z.coerce.number('a port number').int().min(0).max(65_535).optional(),
  TRAINYARD_TIMER_SECONDS: z.coerce.number('seconds').min(1).max(86_400).default(60),
  TRAINYARD_LEASE_SECONDS: z.coerce.number('seconds').min(1).max(60).default(3),
  TRAINYARD_DRAIN_SECONDS: z.coerce.number('seconds').min(0).max(3600).default(20),
  MLFLOW_TRACKING_URI: z
    .url({ protocol: /^https?$/, error: 'the http:// or https:// address of an MLflow server' })
    .optional(),
  MLFLOW_TRACKING_TOKEN: z.string().optional(),
  MLFLOW_TRACKING_USERNAME: z.string().optional(),
  MLFLOW_TRACKING_PASSWORD: z.string().optional(),
  ...COMPUTE_SETTINGS,
  ...RUNNER_SETTINGS,
  HTTPS_PROXY: ProxyAddress.optional(),
  HTTP_PROXY: ProxyAddress.optional(),
  NO_PROXY: z.string().optional(),
});

/** @throws ConfigError naming every setting that is missing or wrong */
export function readConfig(env: Environment): AppConfig {
  const problems: string[] = [];
  const given = Object.fromEntries(Object.keys(Settings.shape).map((name) => [name, env[name]?.trim() || undefined]));
  // Other programs read these in small letters, too, and first.
  for (const name of PROXIES) given[name] = env[name.toLowerCase()]?.trim() || given[name];
  for (const name of SECRETS) given[name] = secret(env, name, problems);
  const traces = readTraceSettings(env, problems);
  const parsed = Settings.safeParse(given);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const name = String(path[0]);
      const found = given[name] === undefined ? 'found nothing' : 'found something else';
      if (!problems.some((problem) => problem.startsWith(name)))
        problems.push(`${name}: expected ${message}, ${found}`);
    }
  }
  const compute = parsed.success ? computeSettings(parsed.data, problems) : null;
  const runners = parsed.success ? runnerSettings(parsed.data, problems) : null;
  if (!parsed.success || compute === null || runners === null || problems.length > 0) throw new ConfigError(problems);
  const settings = parsed.data;
  return {
    appId: settings.APP_ID,
    privateKey: settings.PRIVATE_KEY,
    webhookSecret: settings.WEBHOOK_SECRET,
    previousWebhookSecret: settings.WEBHOOK_SECRET_PREVIOUS ?? null,
    githubUrl: settings.GITHUB_API_URL,
    signingKey: settings.TRAINYARD_SIGNING_KEY,
    dataDir: settings.TRAINYARD_DATA_DIR,
    databaseUrl: settings.DATABASE_URL ?? null,
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: settings.PUBLIC_URL ?? null,
    metricsHost: settings.METRICS_HOST,
    metricsPort: settings.METRICS_PORT ?? null,
    timerInterval: settings.TRAINYARD_TIMER_SECONDS * 1000,
    lease: settings.TRAINYARD_LEASE_SECONDS * 1000,
    drain: settings.TRAINYARD_DRAIN_SECONDS * 1000,
    proxy: proxyOf(settings),
    traces,
    mlflow: mlflowOf(settings),
    compute,
    ...(runners.local === null && runners.kubernetes === null ? {} : { runners }),
  };
}

function mlflowOf(settings: z.infer<typeof Settings>): MlflowSettings | null {
  const {
    MLFLOW_TRACKING_URI: uri,
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: user,
    MLFLOW_TRACKING_PASSWORD: password,
  } = settings;
  if (uri === undefined) return null;
  if (token !== undefined) return { uri, authorization: `Bearer ${token}` };
  if (user === undefined || password === undefined) return { uri, authorization: null };
  return { uri, authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

function proxyOf(settings: z.infer<typeof Settings>): ProxyConfig | null {
  const { HTTPS_PROXY: https = null, HTTP_PROXY: http = null, NO_PROXY: except = null } = settings;
  return https === null && http === null ? null : { https, http, except };
}

/** A secret from the variable itself, or from the file that `<name>_PATH` names. */
function secret(env: Environment, name: string, problems: string[]): string | undefined {
  const value = env[name]?.trim();
  const path = env[`${name}_PATH`]?.trim();
  // One-line forms of a PEM write its line ends as \n.
  if (value) return name.endsWith('KEY') ? value.replaceAll('\\n', '\n') : value;
  if (!path) return undefined;
  try {
    // An editor leaves a line end behind the last line, which would be part of a password.
    const content = readFileSync(path, 'utf8').trim();
    // Not as if it were not set: without DATABASE_URL we would start a database of our own.
    if (content === '') problems.push(`${name}_PATH: expected a secret, found an empty file at ${path}`);
    return content || undefined;
  } catch {
    problems.push(`${name}_PATH: expected a readable file, found none at ${path}`);
    return undefined;
  }
}

/** Whether GitHub is the small one on this machine: only then may requests follow each other without pause. */
export function isLocalGithub(githubUrl: string): boolean {
  const { hostname } = new URL(githubUrl);
  return hostname === '127.0.0.1' || hostname === 'localhost' || hostname.endsWith('.localhost');
}
