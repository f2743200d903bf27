import type { RunRequest } from '../../core/training/request.ts';
import type { Engine } from '../../flows/ports.ts';
import { type RunnerOptions, runnerEngine } from './runner/engine.ts';

export type EngineName = RunRequest['engine'];

/** What engines are built from: each takes what it needs. */
export type EngineOptions = RunnerOptions;

/** Engines by their name in the config; one folder each. */
export const ENGINES: Readonly<Record<EngineName, (options: EngineOptions) => Engine>> = {
  runner: runnerEngine,
};
