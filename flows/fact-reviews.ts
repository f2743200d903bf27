import type { Facts, ReviewFact } from '../core/decision/facts.ts';
import type { Assessment } from './assessment.ts';
import type { FactSource } from './facts.ts';
import type { Ports, Review } from './ports.ts';

/**
 * Reviews with what each reviewer may do now. Asked about are only those whose newest word could count, and only teams
 * that policy or the owners of changed files name.
 *
 * @param more teams to ask about besides, as slugs
 */
export async function reviewFacts(
  ports: Pick<Ports, 'source' | 'reviews' | 'permissions'>,
  source: Pick<FactSource, 'pull' | 'policy' | 'assessment'>,
  more: readonly string[] = [],
): Promise<ReviewFact[]> {
  const [pull, policy] = await Promise.all([source.pull(), source.policy()]);
  const reviews = await ports.reviews.list(pull.number);
  const weighing = new Set(reviews.filter(weighs).map(({ user }) => user));
  const require = policy.config?.policy.require ?? {};
  const wanted = [require.train, require.promote, require.merge].map((one) => one?.approvals);
  const owners = wanted.some((approvals) => approvals?.code_owners === true)
    ? teamOwners((await filesFact(ports, await source.assessment())).codeOwners ?? '')
    : [];
  const teams = [...new Set([...wanted.flatMap((approvals) => approvals?.teams ?? []), ...owners, ...more])];
  const facts = new Map<string, Pick<ReviewFact, 'role' | 'teams'>>();
  for (const user of weighing) facts.set(user, await standing(ports, user, teams));
  return reviews.map(({ user, userType, state, commit, at }) => ({
    user,
    userType,
    state,
    commit,
    at,
    ...facts.get(user),
  }));
}

function weighs({ state, userType }: Review): boolean {
  return userType === 'User' && (state === 'approved' || state === 'changes_requested' || state === 'dismissed');
}

async function standing(
  ports: Pick<Ports, 'permissions'>,
  user: string,
  asked: readonly string[],
): Promise<Pick<ReviewFact, 'role' | 'teams'>> {
  const role = await ports.permissions.role(user);
  // Without write an approval counts nothing, whatever team it comes from.
  if (role === 'none' || role === 'read' || role === 'triage') return { role, teams: [] };
  const teams: string[] = [];
  for (const team of asked) if (await ports.permissions.inTeam(team, user)) teams.push(team);
  return { role, teams };
}

/** Teams that a CODEOWNERS file names, as slugs; more than these are not asked about, and so own nothing. */
const MAX_TEAM_OWNERS = 30;

export function teamOwners(codeOwners: string): string[] {
  const found = codeOwners.matchAll(/(?:^|\s)@[A-Za-z0-9-]+\/([A-Za-z0-9][A-Za-z0-9-_.]*)/gm);
  return [...new Set([...found].flatMap(([, slug]) => (slug === undefined ? [] : [slug])))].slice(0, MAX_TEAM_OWNERS);
}

/** In GitHub's own order: the first that is there counts, and the others are not read. */
const CODEOWNERS = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];
const MAX_CODEOWNERS = 1_000_000;

/** What the pull request changes, by the trees themselves, and who owns it by the default branch's word. */
export async function filesFact(
  ports: Pick<Ports, 'source'>,
  { mergeBase, head, policy }: Assessment,
): Promise<NonNullable<Facts['files']>> {
  const before = new Map(mergeBase.tree.entries.map((entry) => [entry.path, entry]));
  const after = new Map(head.tree.entries.map((entry) => [entry.path, entry]));
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    if ((was ?? is)?.type === 'tree' && (is ?? was)?.type === 'tree') return false;
    return was?.id !== is?.id || was?.mode !== is?.mode;
  });
  const path = CODEOWNERS.find((one) => policy.tree.entries.some((entry) => entry.path === one));
  const bytes = path === undefined ? null : await ports.source.file(policy.commit, path, MAX_CODEOWNERS);
  return {
    changed,
    complete: ![mergeBase, head, policy].some(({ tree }) => tree.truncated),
    codeOwners: bytes === null ? null : new TextDecoder().decode(bytes),
  };
}
