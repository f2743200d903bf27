import { isPattern } from '../../config/glob.ts';
import { isInside, pathFrom } from '../../config/paths.ts';
import type { StageOutputs } from '../../fingerprint/manifest.ts';
import { RepoPath } from '../../names.ts';
import { entriesOf, valueAt } from '../../records.ts';
import { type Read, readStages, readYaml, Stage, type StageDocument } from './document.ts';
import { fillTemplate, MAX_FILLED, type TemplateValue } from './template.ts';

export interface ResolvedStage {
  /** For `bash -e -o pipefail -c`, in the folder that holds the inputs. */
  readonly command: string;
  /** What it reads: `deps`, and the files that its parameters are in. Sorted, each once. */
  readonly inputs: readonly RepoPath[];
  readonly outputs: StageOutputs;
  /** What other stages make, by path: no commit has it. */
  readonly made: ReadonlyMap<string, string>;
}

/** Text of each file of a commit that a stage names, by path; absent where the commit has none. */
export type StageFiles = ReadonlyMap<string, string>;

interface Place {
  readonly file: string;
  readonly folder: string;
  readonly name: string;
}

export function stagePlace(address: string): Place {
  const [path, name] = address.includes(':') ? address.split(':') : ['dvc.yaml', address];
  const file = path ?? 'dvc.yaml';
  return { file, folder: file.slice(0, -'dvc.yaml'.length).replace(/\/$/, ''), name: name ?? '' };
}

/** Files besides `dvc.yaml` that have to be read before a stage of it can be resolved; at most 20. */
export function stageFiles(text: string, address: string): readonly string[] {
  const { file, folder, name } = stagePlace(address);
  const read = readStages(text, file);
  if (!read.ok) return [];
  const stage = Stage.safeParse(valueAt(read.value.stages, name));
  const vars = [...read.value.vars, ...(stage.success ? stage.data.vars : [])];
  const named = [
    'params.yaml',
    ...vars.flatMap((one) => (typeof one === 'string' ? [one.split(':')[0] ?? ''] : [])),
    ...(stage.success ? stage.data.params.flatMap((one) => (typeof one === 'string' ? [] : Object.keys(one))) : []),
  ];
  const paths = named.flatMap((path) => {
    const at = below(folder, path);
    return at === null ? [] : [at];
  });
  return [...new Set<string>(paths)].slice(0, 20);
}

/** What a stage runs, reads and leaves, as DVC would (dvc.org, "dvc.yaml Files"), without DVC. */
export function resolveStage(text: string, address: string, files: StageFiles): Read<ResolvedStage> {
  const { file, folder, name } = stagePlace(address);
  const refuse = (message: string): { ok: false; message: string } => ({
    ok: false,
    message: `${file}: stage ${name}: ${message}`,
  });
  const read = readStages(text, file);
  if (!read.ok) return read;
  const raw = valueAt(read.value.stages, name);
  if (raw === undefined) {
    const known = Object.keys(read.value.stages).slice(0, 10).join(', ') || 'none';
    return refuse(`is not there; the stages are: ${known}`);
  }
  const many = ['foreach', 'matrix'].find((key) => Object.hasOwn(Object(raw), key));
  if (many !== undefined)
    return refuse(`${many} makes several stages of one, which are not supported: write out the one that trains`);
  const parsed = Stage.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is no stage'}`);
  }
  if (parsed.data.frozen) return refuse('it is frozen, so DVC would not run it: unfreeze it (dvc unfreeze)');
  const values = valuesFor(read.value, parsed.data, folder, files);
  if (!values.ok) return refuse(values.message);
  const filled = fillStage(parsed.data, values.value);
  if (!filled.ok) return refuse(filled.message);
  const placed = placeStage(filled.value, folder, files);
  return placed.ok
    ? { ok: true, value: { ...placed.value, made: madeBy(read.value, name, folder) } }
    : refuse(placed.message);
}

/** `params.yaml` beside `dvc.yaml`, then `vars` of the file and of the stage: maps inline, or files with all or some of their keys. */
function valuesFor(
  document: StageDocument,
  stage: Stage,
  folder: string,
  files: StageFiles,
): Read<Record<string, TemplateValue>> {
  const values: Record<string, TemplateValue> = {};
  const add = (more: Readonly<Record<string, TemplateValue>>): string | null => {
    const twice = Object.keys(more).find((key) => Object.hasOwn(values, key));
    Object.assign(values, more);
    return twice === undefined ? null : `${twice} stands twice in params.yaml and vars, which is not supported`;
  };
  const take = (path: string, keys: readonly string[] | null): string | null => {
    const at = below(folder, path);
    const text = at === null ? undefined : files.get(at);
    if (at === null || text === undefined) return `vars names ${path}, which is not in this commit`;
    const read = readYaml(text, at);
    if (!read.ok) return read.message;
    const found = mapOf(read.value);
    if (found === null) return keys === null ? null : `${at} holds no keys`;
    return add(Object.fromEntries(entriesOf(found).filter(([key]) => keys === null || keys.includes(key))));
  };
  const problems: (string | null)[] = [];
  if (files.has(below(folder, 'params.yaml') ?? '')) problems.push(take('params.yaml', null));
  for (const one of [...document.vars, ...stage.vars]) {
    if (typeof one === 'string') {
      const [path = '', keys] = one.split(':');
      if (path !== 'params.yaml' || keys !== undefined)
        problems.push(take(path, keys === undefined ? null : keys.split(',')));
    } else problems.push(add(mapOf(one) ?? {}));
  }
  const problem = problems.find((one) => one !== null);
  return problem === undefined || problem === null ? { ok: true, value: values } : { ok: false, message: problem };
}

function mapOf(value: unknown): Readonly<Record<string, TemplateValue>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  // Of YAML's values there are no others.
  return value as Record<string, TemplateValue>;
}

/** The stage with all of its `${…}` filled in. */
function fillStage(stage: Stage, values: Readonly<Record<string, TemplateValue>>): Read<Stage> {
  let problem: string | null = null;
  let room = MAX_FILLED;
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const filled = fillTemplate(value, values, room);
      if (!filled.ok) problem ??= filled.message;
      else room -= filled.text.length;
      return filled.ok ? filled.text : value;
    }
    if (Array.isArray(value)) return value.map(fill);
    const map = mapOf(value);
    return map === null ? value : Object.fromEntries(entriesOf(map).map(([key, one]) => [fill(key), fill(one)]));
  };
  const { cmd, wdir, deps, params, outs, metrics, plots, ...rest } = stage;
  const filled = Stage.safeParse({
    ...rest,
    ...(fill({ cmd, deps, params, outs, metrics, plots, ...(wdir === undefined ? {} : { wdir }) }) as object),
  });
  if (problem !== null) return { ok: false, message: problem };
  return filled.success ? { ok: true, value: filled.data } : { ok: false, message: 'its templates make no stage' };
}

function placeStage(stage: Stage, folder: string, files: StageFiles): Read<Omit<ResolvedStage, 'made'>> {
  const home = stage.wdir === undefined || stage.wdir === '.' ? folder : below(folder, stage.wdir);
  if (home === null) return { ok: false, message: `wdir: expected a folder of the repository, got ${stage.wdir}` };
  const wrong: string[] = [];
  const place = (key: string, path: string): RepoPath[] => {
    const at = below(home, path);
    const found = at === null || isPattern(at) ? null : RepoPath.safeParse(at);
    if (found?.success === true) return [found.data];
    wrong.push(
      `${key}: expected a path inside the repository, got ${path}: what lies elsewhere is data of the model (docs/data-sources.md)`,
    );
    return [];
  };
  const paramFiles = new Map<string, Set<string>>();
  for (const one of stage.params)
    for (const [path, keys] of typeof one === 'string' ? [['params.yaml', [one]] as const] : entriesOf(one)) {
      const known = paramFiles.get(path) ?? new Set<string>();
      for (const key of keys ?? []) known.add(key);
      paramFiles.set(path, known);
    }
  const params = [...paramFiles].flatMap(([path, keys]) => {
    const placed = place('params', path);
    for (const at of placed) wrong.push(...missingParams(at, files.get(at), keys));
    return placed;
  });
  const deps = stage.deps.flatMap((path) => place('deps', path));
  const named = (key: 'outs' | 'metrics' | 'plots'): RepoPath[] =>
    sorted(
      stage[key]
        .flatMap((one) => (typeof one === 'string' ? [one] : Object.keys(one)))
        .flatMap((path) => place(key, path)),
    );
  const outputs = { outs: named('outs'), metrics: named('metrics'), plots: named('plots') };
  if (wrong.length > 0) return { ok: false, message: wrong.slice(0, 5).join('; ') };
  return { ok: true, value: { command: commandOf(stage.cmd, home), inputs: sorted([...deps, ...params]), outputs } };
}

/** DVC says so, too, before it runs anything. Files that are neither YAML nor JSON are inputs as a whole. */
function missingParams(path: string, text: string | undefined, keys: ReadonlySet<string>): string[] {
  if (text === undefined) return [`params: ${path} is not in this commit`];
  if (!/\.(ya?ml|json)$/.test(path)) return [];
  const read = readYaml(text, path);
  if (!read.ok) return [read.message];
  return [...keys].flatMap((key) => {
    let at: unknown = read.value;
    for (const part of key.split('.')) at = valueAt(Object(at) as Record<string, unknown>, part);
    return at === undefined ? [`params: ${path} has no ${key}`] : [];
  });
}

/** DVC gives each line of a list a shell of its own, and stops at the first that fails. */
function commandOf(cmd: Stage['cmd'], home: string): string {
  const folder = home === '' ? '' : `cd -- '${home.replaceAll("'", "'\\''")}'\n`;
  if (typeof cmd === 'string') return `${folder}${cmd}`;
  return `${folder}${cmd.length === 1 ? cmd[0] : cmd.map((line) => `(\n${line}\n)`).join('\n')}`;
}

function madeBy({ stages }: StageDocument, but: string, folder: string): ReadonlyMap<string, string> {
  const made = new Map<string, string>();
  for (const [name, raw] of entriesOf(stages)) {
    const stage = Stage.safeParse(raw);
    if (name === but || !stage.success) continue;
    for (const one of [...stage.data.outs, ...stage.data.metrics, ...stage.data.plots])
      for (const path of typeof one === 'string' ? [one] : Object.keys(one)) {
        const at = below(below(folder, stage.data.wdir ?? '.') ?? folder, path);
        if (at !== null) made.set(at, name);
      }
  }
  return made;
}

/** Null where it lies outside of the repository, or is no path. */
function below(folder: string, path: string): string | null {
  if (path === '' || path.startsWith('/') || /[\\:]/.test(path)) return null;
  return pathFrom(folder, path);
}

function sorted(paths: readonly RepoPath[]): RepoPath[] {
  return [...new Set(paths)].sort();
}

/** The declared inputs with those of a stage, none of them inside of another. */
export function withStageInputs(
  declared: readonly RepoPath[],
  stage: ResolvedStage,
  datasets: readonly RepoPath[],
): RepoPath[] {
  const own = stage.inputs.filter((path) => !datasets.some((dataset) => isInside(path, dataset)));
  const all = [...new Set([...declared, ...own])];
  return all.filter((path) => !all.some((other) => other !== path && isInside(path, other))).sort();
}
