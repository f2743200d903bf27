import { createHmac } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { generateSigningKey } from '../../adapters/signing/local-key.ts';
import type { AppConfig } from '../../app/config.ts';
import type { Installation, App as LocalApp } from '../../local/apps/app.ts';
import type { LocalGitHub } from '../../local/github.ts';
import type { Exchange } from '../../local/http/api.ts';
import type { Repository } from '../../local/repositories/repository.ts';
import { startLocalGitHub } from '../../local/server.ts';
import { recordingJudge } from '../conformance/recording-judge.ts';
import { client } from '../local/world.ts';
import { freshDatabase } from './database/fresh-database.ts';

export const SECRET = 'the webhook secret of the test';

/** A local GitHub with an App that is installed on `flights/delay`, and the settings with which that App can start. */
export interface AppWorld {
  readonly github: LocalGitHub;
  readonly repository: Repository;
  readonly app: LocalApp;
  readonly installation: Installation;
  readonly config: AppConfig;
  readonly ada: { readonly token: string };
  close(): Promise<void>;
}

/**
 * @param given the database of its App; without it, an empty one on the tests' own server
 * @param observe hears of each request that the local GitHub answered
 */
export async function startAppWorld(given?: string, observe?: (exchange: Exchange) => void): Promise<AppWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'trainyard-app-'));
  // As root, PostgreSQL runs as another user, who must get there.
  await chmod(directory, 0o711);
  const databaseUrl = given ?? (await freshDatabase());
  const judge = recordingJudge();
  const github = await startLocalGitHub({
    dataDir: join(directory, 'github'),
    observe(exchange) {
      judge.observe(exchange);
      observe?.(exchange);
    },
    observeDelivery: judge.observeDelivery,
  });
  github.createOrganization('flights');
  const ada = github.createUser('ada');
  const repository = await github.createRepository({ owner: 'flights', name: 'delay' });
  github.addCollaborator(repository, 'ada', 'admin');
  const app = github.createApp({
    slug: 'trainyard',
    owner: 'flights',
    webhookUrl: null,
    webhookSecret: SECRET,
    permissions: { actions: 'write', checks: 'write', contents: 'write', issues: 'write', pull_requests: 'write' },
    events: ['push', 'issue_comment', 'pull_request', 'repository_dispatch', 'workflow_run', 'check_run'],
  });
  const installation = github.installApp(app, 'flights');
  return {
    github,
    repository,
    app,
    installation,
    ada,
    config: {
      appId: app.id,
      privateKey: app.privateKeyPem,
      webhookSecret: SECRET,
      previousWebhookSecret: null,
      githubUrl: github.urls.api,
      signingKey: generateSigningKey().privatePem,
      dataDir: join(directory, 'app'),
      databaseUrl,
      host: '127.0.0.1',
      port: 0,
      publicUrl: null,
      metricsHost: '127.0.0.1',
      metricsPort: null,
      timerInterval: 3_600_000,
      lease: 3_000,
      drain: 20_000,
      proxy: null,
      traces: null,
      mlflow: null,
      compute: { engines: { kubernetes: null, ray: null }, store: null },
    },
    async close() {
      await github.close();
      await rm(directory, { recursive: true, force: true });
      // The description asks that an installation's account be a user and an enterprise at once.
      expect(judge.violations().filter((one) => !/^GET \/app\/installations .* \/0\/account/.test(one))).toEqual([]);
    },
  };
}

/** Sends a delivery as GitHub does. */
export function deliver(
  url: string,
  { id, event, payload, secret = SECRET }: { id: string; event: string; payload: unknown; secret?: string },
): Promise<Response> {
  const body = JSON.stringify(payload);
  return fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': id,
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  });
}

/** A new comment on a pull request, as GitHub tells of it. */
export function commentPayload(world: AppWorld, comment: { id: number; pullRequest: number }): object {
  return {
    action: 'created',
    issue: { number: comment.pullRequest, pull_request: { url: 'https://example.com' } },
    comment: {
      id: comment.id,
      body: '/status',
      user: { id: 7, login: 'ada', type: 'User' },
      created_at: '2026-11-02T10:00:00Z',
      updated_at: '2026-11-02T10:00:00Z',
    },
    sender: { login: 'ada' },
    installation: { id: world.installation.id },
    repository: { full_name: 'flights/delay' },
  };
}

/** Ada's own client. */
export function asAda({ github, ada }: AppWorld): ReturnType<typeof client> {
  return client(github, ada.token);
}
