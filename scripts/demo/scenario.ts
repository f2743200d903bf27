import { brokenData, featureReady, openFeature, trainFeature } from './steps/feature.ts';
import { firstVersion } from './steps/first-version.ts';
import { freeze } from './steps/freeze.ts';
import { mergeFeature, staleMerge } from './steps/merge.ts';
import { openOthers, policyReady, readmeReady, tuningReady, worseHeld } from './steps/others.ts';
import type { Step, Story } from './steps/story.ts';
import type { World } from './world.ts';

/** From an opened pull request to a promoted model, in the order in which a team would live it. */
export const STEPS: readonly Step[] = [
  firstVersion,
  openFeature,
  brokenData,
  trainFeature,
  openOthers,
  featureReady,
  tuningReady,
  // Before the merges: after them this run is of another tree, and the pull request is asked to train anew.
  worseHeld,
  mergeFeature,
  staleMerge,
  readmeReady,
  policyReady,
  freeze,
];

export interface Progress {
  begin(number: number, title: string): void;
  say(line: string): void;
  end(seconds: number): void;
}

/** Runs every step; the first that does not happen ends the story with its error. */
export async function runScenario(world: World, progress: Progress): Promise<Story> {
  const story: Story = { pulls: new Map() };
  for (const [index, step] of STEPS.entries()) {
    const started = performance.now();
    progress.begin(index + 1, step.title);
    await step.run(world, story, (line) => progress.say(line));
    progress.end((performance.now() - started) / 1000);
  }
  return story;
}
