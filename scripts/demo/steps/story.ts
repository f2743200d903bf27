import type { OpenedPullRequest } from '../people.ts';
import type { World } from '../world.ts';

/** What later steps need of earlier ones: names of things on the local GitHub, never their state. */
export interface Story {
  /** Merge of PR 1. */
  mergeCommit?: string;
  runOfFeature?: string;
  readonly pulls: Map<'feature' | 'worse' | 'tuning' | 'readme' | 'policy', OpenedPullRequest>;
}

export interface Step {
  readonly title: string;
  run(world: World, story: Story, say: (line: string) => void): Promise<void>;
}

export function pull(story: Story, name: 'feature' | 'worse' | 'tuning' | 'readme' | 'policy'): OpenedPullRequest {
  const found = story.pulls.get(name);
  if (found === undefined) throw new Error(`the step that opens the pull request “${name}” has not run`);
  return found;
}
