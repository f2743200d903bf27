import { toText, type ValueMap } from './values.ts';

/** What a job may see of the server's environment. All else (tokens, npm's variables, proxies) stays outside. */
const PASSED_ON = ['LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'SHELL', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/** The members of the `github` context that are also variables, each as `GITHUB_<NAME>`. */
const GITHUB_VARIABLES = [
  'action',
  'action_path',
  'action_ref',
  'action_repository',
  'actor',
  'actor_id',
  'api_url',
  'base_ref',
  'event_name',
  'event_path',
  'graphql_url',
  'head_ref',
  'job',
  'ref',
  'ref_name',
  'ref_protected',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'retention_days',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'workspace',
];

/** The variables of the machine: an allow-list, with a PATH that holds nothing of the project that starts the server. */
export function machineEnvironment(server: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const environment: Record<string, string> = { PATH: machinePath(server['PATH'] ?? '') };
  for (const name of PASSED_ON) {
    const value = server[name];
    if (value !== undefined) environment[name] = value;
  }
  return { LANG: 'C.UTF-8', ...environment };
}

function machinePath(path: string): string {
  const directories = path
    .split(':')
    .filter((directory) => directory.startsWith('/') && !/node_modules|node-gyp-bin/.test(directory));
  return directories.length === 0 ? '/usr/local/bin:/usr/bin:/bin' : directories.join(':');
}

export function githubVariables(github: ValueMap): Record<string, string> {
  const variables: Record<string, string> = { CI: 'true', GITHUB_ACTIONS: 'true' };
  for (const name of GITHUB_VARIABLES) {
    const value = github[name];
    if (value !== undefined && value !== null) variables[`GITHUB_${name.toUpperCase()}`] = toText(value);
  }
  return variables;
}

/** `INPUT_*` as an action reads them. */
export function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}
