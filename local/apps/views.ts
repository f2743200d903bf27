import { nodeId, userOrNull } from '../accounts/views.ts';
import type { LocalGitHub } from '../github.ts';
import type { App, Installation } from './app.ts';
import type { Delivery } from './delivery.ts';

type Json = Record<string, unknown>;

/** GitHub's `integration`: an App as others see it. */
export function appView(github: LocalGitHub, app: App): Json {
  return {
    id: app.id,
    slug: app.slug,
    client_id: app.clientId,
    node_id: nodeId('A', app.id),
    owner: userOrNull(github, app.ownerId),
    name: app.name,
    description: null,
    external_url: `${github.urls.server}/apps/${app.slug}`,
    html_url: `${github.urls.server}/apps/${app.slug}`,
    created_at: app.createdAt,
    updated_at: app.createdAt,
    permissions: app.permissions,
    events: app.events,
  };
}

/** GitHub's `installation`. */
export function installationView(github: LocalGitHub, app: App, installation: Installation): Json {
  const account = github.tables.accounts.get(installation.accountId);
  return {
    id: installation.id,
    account: userOrNull(github, installation.accountId),
    repository_selection: installation.repositoryIds === null ? 'all' : 'selected',
    access_tokens_url: `${github.urls.api}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${github.urls.api}/installation/repositories`,
    html_url: `${github.urls.server}/settings/installations/${installation.id}`,
    app_id: app.id,
    client_id: app.clientId,
    app_slug: app.slug,
    target_id: installation.accountId,
    target_type: account?.type ?? 'User',
    permissions: app.permissions,
    events: app.events,
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: null,
  };
}

/** GitHub's `hook-delivery-item`: one line of the list of deliveries. */
export function deliveryItemView(delivery: Delivery): Json {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: delivery.duration,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

/** GitHub's `hook-delivery`: with the bytes sent and received. */
export function deliveryView(github: LocalGitHub, delivery: Delivery): Json {
  return {
    ...deliveryItemView(delivery),
    url: github.tables.apps.get(delivery.appId)?.webhookUrl ?? '',
    request: { headers: delivery.requestHeaders, payload: JSON.parse(delivery.payload) },
    response: { headers: delivery.responseHeaders, payload: delivery.responseBody },
  };
}
