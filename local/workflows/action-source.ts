import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type ActionMetadata, readAction } from './action-metadata.ts';
import { WorkflowError } from './errors.ts';
import type { Commit, Sources } from './host.ts';
import type { StandIn } from './stand-in.ts';
import { findStandIn, standInNames } from './standins/registry.ts';

export interface LoadedAction {
  readonly kind: 'loaded';
  readonly metadata: ActionMetadata;
  readonly directory: string;
  /** Where it came from; `$/` inside it means this commit. */
  readonly commit: Commit;
  /** `owner/name/path@ref`, or the relative path. */
  readonly label: string;
  readonly local: boolean;
}

export type ResolvedAction =
  | LoadedAction
  | { readonly kind: 'stand-in'; readonly standIn: StandIn; readonly label: string };

/** Finds the actions of one job. Each job has its own copy, since a job may write to it. */
export class ActionSource {
  readonly #sources: Sources;
  readonly #directory: string;
  readonly #workspace: string;
  readonly #trees = new Map<string, Promise<string>>();

  /** @param directory where other repositories' actions are written. */
  constructor(sources: Sources, directory: string, workspace: string) {
    this.#sources = sources;
    this.#directory = directory;
    this.#workspace = workspace;
  }

  /**
   * @param from the commit whose file holds the reference.
   * @throws WorkflowError that names what is missing.
   */
  async resolve(uses: string, from: Commit): Promise<ResolvedAction> {
    if (uses.startsWith('./')) return this.#load(this.#workspace, uses.slice(2), from, uses, true);
    if (uses.startsWith('$/')) return this.#load(await this.#tree(from), uses.slice(2), from, uses, false);
    const [, repository = '', path = '', ref = ''] = /^([^/@]+\/[^/@]+)(?:\/([^@]+))?@(.+)$/.exec(uses) ?? [];
    const standIn = findStandIn(path === '' ? repository : `${repository}/${path}`);
    if (standIn !== undefined) return { kind: 'stand-in', standIn, label: uses };
    const commit = await this.#sources.resolve(repository, ref, from.repository);
    if (commit === undefined) {
      const known = standInNames().join(', ');
      const hint = `it has stand-ins for ${known}, and runs actions of its own repositories that ${from.repository} may read`;
      throw new WorkflowError('not_found', `the local GitHub has no stand-in for \`${uses}\`; ${hint}`);
    }
    return this.#load(await this.#tree(commit), path, commit, uses, false);
  }

  async #load(root: string, path: string, commit: Commit, label: string, local: boolean): Promise<LoadedAction> {
    const directory = join(root, path);
    if (directory !== root && !directory.startsWith(root + sep)) {
      throw new WorkflowError('invalid_action', `\`${label}\`: expected a path inside the repository`);
    }
    const file = ['action.yml', 'action.yaml'].map((name) => join(directory, name)).find((name) => existsSync(name));
    if (file === undefined) {
      const hint = local ? ' Did you forget to run actions/checkout before running your local action?' : '';
      throw new WorkflowError('not_found', `Can't find 'action.yml' or 'action.yaml' for \`${label}\`.${hint}`);
    }
    const content = readFileSync(realpathSync(file), 'utf8');
    return { kind: 'loaded', metadata: readAction(content, label), directory, commit, label, local };
  }

  #tree(commit: Commit): Promise<string> {
    const key = `${commit.repository}/${commit.sha}`;
    const known = this.#trees.get(key);
    if (known !== undefined) return known;
    const tree = this.#export(commit, join(this.#directory, ...commit.repository.split('/'), commit.sha));
    this.#trees.set(key, tree);
    return tree;
  }

  async #export(commit: Commit, directory: string): Promise<string> {
    await mkdir(directory, { recursive: true });
    await this.#sources.export(commit, directory);
    return directory;
  }
}
