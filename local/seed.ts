import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Permissions } from './apps/app.ts';
import type { LocalGitHub } from './github.ts';
import { Role } from './repositories/repository.ts';

/** What a server starts with; all of it optional. */
export const Seed = z.strictObject({
  users: z.array(z.strictObject({ login: z.string(), name: z.string().optional() })).default([]),
  organizations: z.array(z.string()).default([]),
  repositories: z
    .array(
      z.strictObject({
        owner: z.string(),
        name: z.string(),
        private: z.boolean().default(false),
        collaborators: z.record(z.string(), Role).default({}),
      }),
    )
    .default([]),
  apps: z
    .array(
      z.strictObject({
        slug: z.string(),
        owner: z.string(),
        webhookUrl: z.string().nullable(),
        permissions: Permissions,
        events: z.array(z.string()),
        /** The accounts that it is installed on. */
        installOn: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});
export type Seed = z.infer<typeof Seed>;

/** The secrets that planting a seed brings forth; nobody can ask for them again. */
export interface Credentials {
  readonly tokens: Readonly<Record<string, string>>;
  readonly apps: Readonly<
    Record<string, { readonly id: number; readonly webhookSecret: string; readonly privateKeyPem: string }>
  >;
}

/** Creates what `seed` lists on an empty server. */
export async function plant(github: LocalGitHub, seed: Seed): Promise<Credentials> {
  const tokens: Record<string, string> = {};
  const apps: Record<string, { id: number; webhookSecret: string; privateKeyPem: string }> = {};
  for (const { login, name } of seed.users) {
    tokens[login] = github.createUser(login, name === undefined ? {} : { name }).token;
  }
  for (const login of seed.organizations) github.createOrganization(login);
  for (const { owner, name, private: hidden, collaborators } of seed.repositories) {
    const repository = await github.createRepository({ owner, name, private: hidden });
    for (const [login, role] of Object.entries(collaborators)) github.addCollaborator(repository, login, role);
  }
  for (const { installOn, ...options } of seed.apps) {
    const webhookSecret = randomBytes(24).toString('base64url');
    const app = github.createApp({ ...options, webhookSecret });
    for (const account of installOn) github.installApp(app, account);
    apps[options.slug] = { id: app.id, webhookSecret, privateKeyPem: app.privateKeyPem };
  }
  return { tokens, apps };
}
