import { type RunnerOptions, runnerEngine } from './runner/engine.ts';

/** Engines that are a workflow job. All others are in COMPUTE_ENGINES: one folder and one line each. */
export const ENGINES = { runner: (options: RunnerOptions) => runnerEngine(options) };
