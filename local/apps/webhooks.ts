import { createHmac, randomUUID } from 'node:crypto';
import { organizationSimple, simpleUser } from '../accounts/views.ts';
import { grants } from '../auth/access.ts';
import type { RepositoryEvent } from '../events.ts';
import type { LocalGitHub } from '../github.ts';
import type { PermissionName } from '../http/router.ts';
import { repositoryView } from '../repositories/views.ts';
import type { App, Installation } from './app.ts';
import type { Delivery } from './delivery.ts';

/** GitHub counts a delivery as failed that is not answered in this time. */
const TIMEOUT_MS = 10_000;
/** A larger payload is never sent. */
const MAX_PAYLOAD_BYTES = 25_000_000;

/** The permission that an App needs to receive an event (reading suffices). */
const NEEDED: Readonly<Record<string, PermissionName>> = {
  check_run: 'checks',
  create: 'contents',
  delete: 'contents',
  deployment: 'deployments',
  deployment_status: 'deployments',
  issue_comment: 'issues',
  issues: 'issues',
  pull_request: 'pull_requests',
  pull_request_review: 'pull_requests',
  push: 'contents',
  repository_dispatch: 'contents',
  status: 'statuses',
  workflow_job: 'actions',
  workflow_run: 'actions',
};

function mayReceive(app: App, event: string): boolean {
  if (!app.events.includes(event)) return false;
  const needed = NEEDED[event];
  if (needed === undefined) return true;
  // Comments on pull requests reach Apps that hold either permission.
  return (
    grants(app.permissions, needed, 'read') ||
    (event === 'issue_comment' && grants(app.permissions, 'pull_requests', 'read'))
  );
}

function installationFor(github: LocalGitHub, app: App, event: RepositoryEvent): Installation | undefined {
  const installation = github.tables.installations.find({ appId: app.id, accountId: event.repository.ownerId });
  if (installation === undefined) return undefined;
  const chosen = installation.repositoryIds;
  return chosen === null || chosen.includes(event.repository.id) ? installation : undefined;
}

/** The complete webhook payload of an event, as the receiver with this installation gets it. */
export function webhookPayload(
  github: LocalGitHub,
  event: RepositoryEvent,
  installation: Installation | undefined,
): Record<string, unknown> {
  const owner = github.tables.accounts.get(event.repository.ownerId);
  return {
    ...(event.action === undefined ? {} : { action: event.action }),
    ...event.payload,
    repository: event.payload['repository'] ?? repositoryView(github, event.repository),
    ...(owner?.type === 'Organization' ? { organization: organizationSimple(github, owner) } : {}),
    sender: simpleUser(github, event.sender),
    ...(installation === undefined ? {} : { installation: { id: installation.id, node_id: `IN_${installation.id}` } }),
  };
}

/** Records and sends one attempt; never retries by itself, as GitHub does not. */
export async function attempt(github: LocalGitHub, app: App, delivery: Delivery, stop: AbortSignal): Promise<void> {
  const started = performance.now();
  const finish = (patch: Partial<Delivery>): void => {
    github.tables.deliveries.update(delivery.id, {
      ...patch,
      duration: Math.round(performance.now() - started) / 1000,
    });
  };
  try {
    const response = await fetch(app.webhookUrl ?? '', {
      method: 'POST',
      headers: delivery.requestHeaders,
      body: delivery.payload,
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), stop]),
      redirect: 'manual',
    });
    finish({
      status: response.ok ? 'OK' : response.statusText || `Invalid HTTP Response: ${response.status}`,
      statusCode: response.status,
      responseHeaders: Object.fromEntries(response.headers),
      responseBody: (await response.text()).slice(0, 100_000),
    });
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    finish({ status: timedOut ? 'timed out' : 'failed to connect to host', statusCode: timedOut ? 504 : 502 });
  }
}

function requestHeaders(app: App, guid: string, event: string, payload: string): Record<string, string> {
  const signature = createHmac('sha256', app.webhookSecret).update(payload).digest('hex');
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/local',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-github-hook-id': String(app.id),
    'x-github-hook-installation-target-id': String(app.id),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature-256': `sha256=${signature}`,
  };
}

/** The deliveries (not yet sent) that an event causes: one for each App that is installed, subscribed and permitted. */
export function deliveriesOf(
  github: LocalGitHub,
  event: RepositoryEvent,
): { app: App; delivery: Delivery; payload: unknown }[] {
  return github.tables.apps.list().flatMap((app) => {
    if (app.webhookUrl === null || !mayReceive(app, event.event)) return [];
    if (event.onlyAppId !== undefined && event.onlyAppId !== app.id) return [];
    const installation = installationFor(github, app, event);
    if (installation === undefined) return [];
    const payload = webhookPayload(github, event, installation);
    const text = JSON.stringify(payload);
    if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) return [];
    const guid = randomUUID();
    const delivery = github.tables.deliveries.insert({
      guid,
      appId: app.id,
      installationId: installation.id,
      repositoryId: event.repository.id,
      event: event.event,
      action: event.action ?? null,
      redelivery: false,
      deliveredAt: github.timestamp(),
      duration: 0,
      status: 'pending',
      statusCode: 0,
      payload: text,
      requestHeaders: requestHeaders(app, guid, event.event, text),
      responseHeaders: {},
      responseBody: '',
    });
    return [{ app, delivery, payload }];
  });
}

/** A second attempt at a delivery: a new record with the same GUID and the same bytes. */
export function redeliveryOf(github: LocalGitHub, delivery: Delivery): Delivery {
  const { id: _, ...rest } = delivery;
  return github.tables.deliveries.insert({
    ...rest,
    redelivery: true,
    deliveredAt: github.timestamp(),
    duration: 0,
    status: 'pending',
    statusCode: 0,
    responseHeaders: {},
    responseBody: '',
  });
}
