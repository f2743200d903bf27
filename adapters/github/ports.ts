import { setTimeout as wait } from 'node:timers/promises';
import type { TreeListing } from '../../core/fingerprint/manifest.ts';
import type { GitId } from '../../core/names.ts';
import type { Ports, Turns } from '../../flows/ports.ts';
import { gitRefs } from '../git/refs.ts';
import type { GitAccess } from '../git/transport.ts';
import { etagCache, githubApi, type RepositoryId, type Requester, type Tagged } from './api.ts';
import { type Cache, leastRecentlyUsed } from './cache.ts';
import { checks } from './checks.ts';
import { comments } from './comments.ts';
import { deployments } from './deployments.ts';
import type { Effects } from './effects.ts';
import { issues } from './issues.ts';
import { ledgerStore } from './ledger-store.ts';
import { permissions } from './permissions.ts';
import { pullRequests } from './pull-requests.ts';
import { releases } from './releases.ts';
import { reportImages } from './report-images.ts';
import { reviews } from './reviews.ts';
import { type KnownRepository, source } from './source.ts';
import { sweeps } from './sweeps.ts';
import { tags } from './tags.ts';
import { keyedTurns } from './turns.ts';
import { workflows } from './workflows.ts';

export const EXECUTION_BRANCH = 'trainyard/exec';

/** What outlives one flow: immutable git content by id, ETags, ids of our comments. One set per repository and token. */
export interface GithubCaches {
  readonly etags: Cache<Tagged>;
  readonly trees: Cache<TreeListing>;
  readonly blobs: Cache<Uint8Array>;
  readonly mergeBases: Cache<GitId>;
  readonly parents: Cache<GitId | 'root'>;
  readonly envelopes: Cache<Uint8Array>;
  readonly lines: Cache<GitId>;
  readonly tagMessages: Cache<string>;
  readonly tooMany: Cache<true>;
  readonly treeIds: Cache<GitId>;
  readonly repository: Cache<KnownRepository>;
  readonly stickies: Cache<number>;
  readonly turns: Turns;
}

export function githubCaches(): GithubCaches {
  return {
    etags: etagCache(),
    trees: leastRecentlyUsed(200_000, (tree) => 1 + tree.entries.length),
    blobs: leastRecentlyUsed(16_000_000, (bytes) => 100 + bytes.length),
    mergeBases: leastRecentlyUsed(5_000),
    parents: leastRecentlyUsed(50_000),
    envelopes: leastRecentlyUsed(32_000_000, (bytes) => 100 + bytes.length),
    lines: leastRecentlyUsed(5_000),
    tagMessages: leastRecentlyUsed(5_000),
    tooMany: leastRecentlyUsed(1),
    treeIds: leastRecentlyUsed(50_000),
    repository: leastRecentlyUsed(1),
    stickies: leastRecentlyUsed(1_000),
    turns: keyedTurns(),
  };
}

export interface GithubOptions {
  /** Authenticated: as an App's installation, or with a job's token. */
  readonly octokit: Requester;
  readonly repository: RepositoryId;
  /** The same repository over git's own protocol. */
  readonly git: GitAccess;
  /** What we have made, where one process makes it all; without it, each effect looks for its mark on GitHub first. */
  readonly effects?: Effects;
  /** Milliseconds for which refs and pull requests that were read are used again, where ports live as long as one flow. */
  readonly freshFor?: number;
  /** Our login, e.g. `trainyard[bot]` or `github-actions[bot]`. */
  readonly self: string;
  readonly executionBranch?: string;
  readonly caches?: GithubCaches;
  /** Among all processes that write here; without it, within this one. */
  readonly turns?: Turns;
  /** For artifact archives, which are fetched without our token. */
  readonly fetch?: typeof globalThis.fetch;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

export type GithubPorts = Pick<
  Ports,
  | 'source'
  | 'pulls'
  | 'reviews'
  | 'comments'
  | 'checks'
  | 'permissions'
  | 'workflows'
  | 'ledger'
  | 'tags'
  | 'deployments'
  | 'releases'
  | 'issues'
  | 'images'
  | 'sweeps'
  | 'turns'
  | 'self'
>;

/** Every port that GitHub itself serves, for one repository. */
export function githubPorts(options: GithubOptions): GithubPorts {
  const { octokit, repository, self, caches = githubCaches(), effects = null, freshFor = 0 } = options;
  const api = githubApi({ octokit, repository, etags: caches.etags });
  const refs = gitRefs(options.git, freshFor);
  const by = () => ({ name: self, email: `${self}@users.noreply.github.com`, at: options.git.now() });
  const host = source(api, refs, caches);
  const turns = options.turns ?? caches.turns;
  const pause = async (milliseconds: number) => void (await (options.wait ?? wait)(milliseconds));
  return {
    source: host,
    pulls: pullRequests({ api, refs, now: options.git.now, freshFor, tooMany: caches.tooMany }),
    reviews: reviews(api),
    comments: comments({ api, self, known: caches.stickies, effects }),
    checks: checks({ api, self, effects, turns, wait: pause }),
    permissions: permissions(api),
    workflows: workflows(api, {
      effects,
      refs,
      turns,
      executionBranch: options.executionBranch ?? EXECUTION_BRANCH,
      self,
      fetch: options.fetch ?? globalThis.fetch,
      wait: pause,
    }),
    ledger: ledgerStore({ api, git: options.git, refs, caches, by }),
    tags: tags({ api, refs, messages: caches.tagMessages, by }),
    deployments: deployments(api, self, effects),
    releases: releases(api),
    issues: issues(api, self),
    sweeps: sweeps({ api, self, known: caches.stickies, effects, turns, wait: pause }),
    images: reportImages({ refs, by, page: async () => (await host.repository()).url }),
    turns: {
      take: (key, action) =>
        turns.take(key, () => {
          // Whoever had the turn before may have moved what was read before we had it.
          refs.forget();
          return action();
        }),
    },
    self,
  };
}
