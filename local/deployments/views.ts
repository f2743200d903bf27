import { nodeId, userOrNull } from '../accounts/views.ts';
import { appView } from '../apps/views.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import { repositoryApiUrl } from '../repositories/views.ts';
import type { Deployment, DeploymentStatus } from './deployment.ts';

type Json = Record<string, unknown>;

function viaApp(github: LocalGitHub, appId: number | null): Json | null {
  const app = appId === null ? undefined : github.tables.apps.get(appId);
  return app === undefined ? null : appView(github, app);
}

const deploymentUrl = (github: LocalGitHub, repository: Repository, id: number): string =>
  `${repositoryApiUrl(github, repository)}/deployments/${id}`;

/** GitHub's `deployment`. */
export function deploymentView(github: LocalGitHub, repository: Repository, deployment: Deployment): Json {
  const url = deploymentUrl(github, repository, deployment.id);
  return {
    url,
    id: deployment.id,
    node_id: nodeId('DE', deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: userOrNull(github, deployment.creatorId),
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: repositoryApiUrl(github, repository),
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: viaApp(github, deployment.appId),
  };
}

/** GitHub's `deployment-status`. */
export function deploymentStatusView(github: LocalGitHub, repository: Repository, status: DeploymentStatus): Json {
  const url = deploymentUrl(github, repository, status.deploymentId);
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DES', status.id),
    state: status.state,
    creator: userOrNull(github, status.creatorId),
    description: status.description,
    environment: status.environment,
    target_url: status.targetUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: url,
    repository_url: repositoryApiUrl(github, repository),
    performed_via_github_app: viaApp(github, status.appId),
  };
}
