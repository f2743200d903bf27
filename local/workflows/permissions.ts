import { WorkflowError } from './errors.ts';
import { isMap, type Value } from './values.ts';

export type PermissionLevel = 'none' | 'read' | 'write';
/** A job's permissions by their workflow names (`pull-requests`). What is absent is `none`. */
export type Permissions = { readonly [scope: string]: PermissionLevel };

/** The scopes that `permissions` accepts. https://docs.github.com/actions/reference/workflow-syntax#permissions */
export const PERMISSION_SCOPES = [
  'actions',
  'artifact-metadata',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'id-token',
  'issues',
  'models',
  'packages',
  'pages',
  'pull-requests',
  'repository-projects',
  'security-events',
  'statuses',
] as const;

/** What a token holds where no workflow says otherwise: GitHub's restricted default for new repositories. */
export const DEFAULT_PERMISSIONS: Permissions = { contents: 'read', packages: 'read' };

const RANK: Readonly<Record<PermissionLevel, number>> = { none: 0, read: 1, write: 2 };

/** Reads a `permissions` key. @returns undefined where it is absent (the default applies). */
export function readPermissions(value: Value | undefined, where: string): Permissions | undefined {
  if (value === undefined) return undefined;
  if (value === null) return {};
  if (value === 'read-all') return allAt('read');
  if (value === 'write-all') return allAt('write');
  if (!isMap(value))
    throw new WorkflowError('invalid_workflow', `${where}: expected a mapping, got \`${String(value)}\``);
  const entries = Object.entries(value).map(
    ([scope, level]) => [scope, readLevel(level, `${where}.${scope}`)] as const,
  );
  return Object.fromEntries(entries);
}

function readLevel(level: Value, where: string): PermissionLevel {
  if (level === 'none' || level === 'read' || level === 'write') return level;
  throw new WorkflowError('invalid_workflow', `${where}: expected none, read or write, got \`${String(level)}\``);
}

function allAt(level: 'read' | 'write'): Permissions {
  // Nothing is written through `models`, nothing is read through `id-token`.
  const entries = PERMISSION_SCOPES.filter((scope) => scope !== 'id-token' || level === 'write').map(
    (scope) => [scope, scope === 'models' ? 'read' : level] as const,
  );
  return Object.fromEntries(entries);
}

/** The scopes in which `asked` goes beyond `cap`, as `contents: write`, in a stable order. */
export function exceedingPermissions(asked: Permissions, cap: Permissions): string[] {
  return Object.entries(asked)
    .filter(([scope, level]) => RANK[level] > RANK[cap[scope] ?? 'none'])
    .map(([scope, level]) => `${scope}: ${level}`)
    .sort();
}

/** What `cap` allows of the same scopes, in GitHub's wording of the startup error. */
export function describeAllowed(asked: Permissions, cap: Permissions): string {
  return Object.entries(asked)
    .filter(([scope, level]) => RANK[level] > RANK[cap[scope] ?? 'none'])
    .map(([scope]) => `${scope}: ${cap[scope] ?? 'none'}`)
    .sort()
    .join(', ');
}

/** A pull request from a fork never gets more than read. */
export function withoutWrite(permissions: Permissions): Permissions {
  const entries = Object.entries(permissions)
    .filter(([scope]) => scope !== 'id-token')
    .map(([scope, level]) => [scope, level === 'write' ? 'read' : level] as const);
  return Object.fromEntries(entries);
}

/** Permissions by their REST names (`pull_requests`), without those that are none; metadata is always readable. */
export function toTokenPermissions(permissions: Permissions): Record<string, 'read' | 'write'> {
  const token: Record<string, 'read' | 'write'> = { metadata: 'read' };
  for (const [scope, level] of Object.entries(permissions)) {
    if (level !== 'none') token[scope.replaceAll('-', '_')] = level;
  }
  return token;
}
