import type { Note } from '../format.ts';
import { configNote, isMapping, type Mapping, mappings } from './note.ts';

const FIX = 'Leave the model without the files of the project that made it.';
/** Of an environment: what they name is loaded or run by programs that are started in it, or is where packages come from. */
export const VARIABLES =
  /\b(?:LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES|PYTHON(?:STARTUP|PATH|HOME)|BASH_ENV|PERL5OPT|RUBYOPT|NODE_OPTIONS|JAVA_TOOL_OPTIONS|GIT_SSH_COMMAND|PIP_(?:EXTRA_)?INDEX_URL|PIP_FIND_LINKS)\b/;
/** Commands of development containers, of NNI, BentoML and Truss, by names that nothing else has. */
const KEYS =
  /^(?:(?:postCreate|postStart|postAttach|onCreate|updateContent|initialize)Command|trialCommand|trial_command|setup_script|model_class_filename|runcmd|bootcmd|setup_commands|initialization_commands|yarnPath)$/;
/** Scripts that npm runs when a package is installed. */
const INSTALLING = [
  'preinstall',
  'install',
  'postinstall',
  'prepare',
  'post-install-cmd',
  'post-autoload-dump',
] as const;

/** Tools by what they find in their files, and what they run there: undefined in any other file. */
const TOOLS: readonly (readonly [tool: string, runs: (root: Mapping) => unknown])[] = [
  ['npm', ({ scripts }) => (isMapping(scripts) ? INSTALLING.map((name) => scripts[name]).find(isText) : undefined)],
  ['GitHub Actions', ({ jobs }) => itemsOf(jobs).find((job) => Array.isArray(job.steps) || 'uses' in job)],
  ['GitHub Actions', ({ runs }) => (isMapping(runs) && 'using' in runs ? runs.using : undefined)],
  ['Docker Compose', ({ services }) => itemsOf(services).find((one) => 'image' in one || 'build' in one)],
  ['pre-commit', ({ repos }) => itemsOf(repos).find((one) => Array.isArray(one.hooks) && 'repo' in one)?.repo],
  ['Visual Studio Code', ({ tasks }) => itemsOf(tasks).find((task) => isText(task.command))?.command],
  ['Weights & Biases', ({ program, method }) => (isText(method) && isText(program) ? program : undefined)],
  ['MLflow', ({ docker_env: docker }) => (isMapping(docker) ? docker.image : undefined)],
  ['Kubernetes', containers],
  ['Jupyter', ({ argv, display_name: name }) => (Array.isArray(argv) && isText(name) ? argv[0] : undefined)],
  ['a client of MCP', ({ mcpServers, servers }) => startedBy(mcpServers) ?? startedBy(servers)],
  [
    'an agent',
    ({ hooks }) => (isMapping(hooks) ? mappingsOf(hooks).find(({ type }) => type === 'command')?.command : undefined),
  ],
  // Files of sections.
  ['the desktop', (root) => sectionOf(root, 'Desktop Entry').Exec],
  ['systemd', ({ Service: service }) => (isMapping(service) ? firstOf(service, /^Exec/) : undefined)],
  ['tox', ({ testenv }) => (isMapping(testenv) ? testenv.commands : undefined)],
  [
    'git',
    ({ core }) => (isMapping(core) ? firstOf(core, /^(?:fsmonitor|sshcommand|hookspath|editor|pager)$/i) : undefined),
  ],
  [
    'git',
    ({ filter }) =>
      mappingsOf(filter)
        .map((one) => firstOf(one, /^(?:clean|smudge|process)$/))
        .find(isText),
  ],
];

/**
 * What tools beside the libraries of models run: files of a project may lie beside a model, and opening, installing or
 * building the folder runs them.
 */
export function commandNotes(document: unknown): readonly Note[] {
  if (!isMapping(document)) return [];
  const notes = TOOLS.flatMap(([tool, runs]) => {
    const found = runs(document);
    return found === undefined ? [] : [command(`${tool} runs what this file names`, found)];
  });
  for (const mapping of mappings(document))
    for (const [key, value] of Object.entries(mapping)) {
      if (notes.length >= 20) return notes;
      const given =
        value !== null && typeof value !== 'number' && value !== '' && !(Array.isArray(value) && value.length === 0);
      if (KEYS.test(key) && given) notes.push(command(`"${key}" is what a tool runs`, value));
      if (VARIABLES.test(key) && isText(value)) notes.push(variable(`${key}=${value}`));
      for (const item of Array.isArray(value) ? value.slice(0, 100) : [])
        if (isText(item) && SETTING.test(item)) notes.push(variable(item));
    }
  return notes;
}

const SETTING = new RegExp(`^[ \\t]*(?:export[ \\t]+)?(?:${VARIABLES.source})[ \\t]*=[ \\t]*\\S`, 'm');

/** Lines of an environment (`.env`), which shells and tools of containers read: half of what it says is settings, or it is prose. */
export function settingNotes(text: string): readonly Note[] {
  const found = SETTING.exec(text);
  if (found === null) return [];
  const lines = text.split('\n').filter((line) => /^[ \t]*[^\s#]/.test(line));
  const settings = lines.filter((line) => /^[ \t]*(?:export[ \t]+)?[A-Za-z_]\w*[ \t]*=/.test(line));
  return settings.length * 2 < lines.length ? [] : [variable(text.slice(found.index, found.index + 200).trim())];
}

function command(message: string, evidence: unknown): Note {
  return configNote('config-remote-code', 'high', message, FIX, evidence);
}

function variable(evidence: string): Note {
  const message = 'a variable by which programs load code, or install it from elsewhere';
  return configNote('config-remote-code', 'high', message, 'Leave the variable out.', evidence);
}

/** What a server is started by: a command, or an address that is asked. */
function startedBy(servers: unknown): unknown {
  if (!isMapping(servers)) return undefined;
  return itemsOf(servers).find((one) => isText(one.command) && ('args' in one || 'env' in one || 'type' in one))
    ?.command;
}

function containers({ apiVersion, kind, spec }: Mapping): unknown {
  if (!isText(apiVersion) || !isText(kind) || !isMapping(spec)) return undefined;
  for (const one of mappings(spec))
    if (Array.isArray(one.containers) || (isText(one.image) && 'command' in one) || isMapping(one.script)) return kind;
  return undefined;
}

function sectionOf(root: Mapping, name: string): Mapping {
  // A section's name is split at its blanks.
  let place: unknown = root;
  for (const part of name.split(' ')) place = isMapping(place) ? place[part] : undefined;
  return isMapping(place) ? place : {};
}

function firstOf(mapping: Mapping, keys: RegExp): unknown {
  return Object.entries(mapping).find(([key, value]) => keys.test(key) && isText(value))?.[1];
}

function mappingsOf(value: unknown): readonly Mapping[] {
  return [...mappings(value)].slice(0, 100);
}

/** Mappings in a list or mapping. */
function itemsOf(value: unknown): readonly Mapping[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).slice(0, 1000).filter(isMapping);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
