import type { DatabaseSync } from 'node:sqlite';
import { openAccounts, openTeamMembers } from './accounts/account.ts';
import { openApps, openInstallations } from './apps/app.ts';
import { openDeliveries } from './apps/delivery.ts';
import { openTokens } from './auth/tokens.ts';
import { openAnnotations, openCheckRuns, openCheckSuites } from './checks/check-run.ts';
import { openDeploymentStatuses, openDeployments } from './deployments/deployment.ts';
import { openComments, openIssues, openLabels, openReactions } from './issues/issue.ts';
import { openPulls } from './pulls/pull.ts';
import { openAssets, openReleases } from './releases/release.ts';
import {
  openActivities,
  openCollaborators,
  openEnvironments,
  openProtectedBranches,
  openRepositories,
  openSettings,
} from './repositories/repository.ts';
import { openReviews } from './reviews/review.ts';
import { openStatuses } from './statuses/status.ts';

/** Opens every table of the server's own state. The Actions service opens its own tables on the same database. */
export function openTables(db: DatabaseSync) {
  return {
    accounts: openAccounts(db),
    teamMembers: openTeamMembers(db),
    apps: openApps(db),
    installations: openInstallations(db),
    deliveries: openDeliveries(db),
    tokens: openTokens(db),
    repositories: openRepositories(db),
    collaborators: openCollaborators(db),
    protectedBranches: openProtectedBranches(db),
    environments: openEnvironments(db),
    settings: openSettings(db),
    activities: openActivities(db),
    issues: openIssues(db),
    labels: openLabels(db),
    comments: openComments(db),
    reactions: openReactions(db),
    pulls: openPulls(db),
    reviews: openReviews(db),
    checkRuns: openCheckRuns(db),
    checkSuites: openCheckSuites(db),
    annotations: openAnnotations(db),
    statuses: openStatuses(db),
    deployments: openDeployments(db),
    deploymentStatuses: openDeploymentStatuses(db),
    releases: openReleases(db),
    assets: openAssets(db),
  };
}

export type Tables = ReturnType<typeof openTables>;
