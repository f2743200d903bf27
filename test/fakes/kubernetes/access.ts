import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Route } from './description.ts';
import type { Json } from './json.ts';
import { Refusal } from './objects.ts';

/** What a team applies for the App: its rights here are those and no more. */
const documents: readonly Json[] = parseAllDocuments(
  readFileSync(join(import.meta.dirname, '../../../deploy/kubernetes/engine.yaml'), 'utf8'),
).map((document) => document.toJSON());
const role = documents.find(({ kind }) => kind === 'Role');
export const NAMESPACE_MANIFEST: Json = documents.find(({ kind }) => kind === 'Namespace');
const VERBS: Readonly<Record<string, string>> = { POST: 'create', PATCH: 'patch', DELETE: 'delete' };

/** @param without an API group that the App has no rights on, or one right: `create trainjobs` @throws Refusal Forbidden, as RBAC words it */
export function requireRight(route: Route, without: string | null): void {
  const { group, resource, sub, namespace, name, operation } = route;
  const verb = VERBS[operation.method] ?? (name === null ? 'list' : 'get');
  const what = sub === null ? resource : `${resource}/${sub}`;
  const home = NAMESPACE_MANIFEST.metadata.name;
  const isHome = namespace === home || (resource === 'namespaces' && name === home);
  const granted = role.rules.some(
    ({ apiGroups, resources, verbs }: Json) =>
      apiGroups.includes(group) && resources.includes(what) && verbs.includes(verb),
  );
  if (isHome && granted && group !== without && `${verb} ${what}` !== without) return;
  throw new Refusal(
    403,
    'Forbidden',
    `${what} is forbidden: User "app" cannot ${verb} resource "${what}" in API group "${group}" in the namespace "${namespace ?? ''}"`,
  );
}
