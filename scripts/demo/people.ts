import { Octokit } from 'octokit';
import type { Scene } from './repositories.ts';
import type { World } from './world.ts';

/** Somebody with an account on the local GitHub, who acts through its REST API. */
export interface Person {
  readonly login: string;
  readonly token: string;
  readonly octokit: Octokit;
}

export function person(world: { apiUrl: string }, account: { login: string; token: string }): Person {
  const octokit = new Octokit({
    auth: account.token,
    baseUrl: world.apiUrl,
    // The local GitHub needs no second between writes; a failed request is a finding here, not something to repeat.
    throttle: { enabled: false },
    retry: { enabled: false },
  });
  return { login: account.login, token: account.token, octokit };
}

export interface OpenedPullRequest {
  readonly number: number;
  readonly branch: string;
  readonly url: string;
}

export async function openPullRequest(world: World, by: Person, scene: Scene): Promise<OpenedPullRequest> {
  const { branch, title, commit, body } = scene;
  const { data } = await by.octokit.rest.pulls.create({
    ...world.team,
    head: branch,
    base: 'main',
    title: title ?? commit,
    body,
  });
  return { number: data.number, branch, url: data.html_url };
}

export async function comment(world: World, by: Person, number: number, body: string): Promise<number> {
  const { data } = await by.octokit.rest.issues.createComment({ ...world.team, issue_number: number, body });
  return data.id;
}

export async function squashMerge(world: World, by: Person, number: number): Promise<string> {
  const { data } = await by.octokit.rest.pulls.merge({ ...world.team, pull_number: number, merge_method: 'squash' });
  return data.sha;
}
