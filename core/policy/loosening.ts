import type { DatasetName, ModelName } from '../names.ts';
import { type ApprovalFacts, approvalProblem, objection, ownerApprovalProblem, TOO_MANY_RULES } from './approvals.ts';
import { parseCodeOwners, rulesFor } from './code-owners.ts';
import { looksLikeBot, sameLogin } from './identity.ts';
import { hasRole } from './roles.ts';

/** A contract that accepts what it refused before (DESIGN invariant 1: its owner has to approve that). */
export interface LoosenedContract {
  readonly dataset: DatasetName;
  /** Those that read the dataset. */
  readonly models: readonly ModelName[];
  /** `@user` or `@org/team`, by the word of the default branch. */
  readonly owner: string | null;
  /** Of the contract before and after; the same path, mostly. */
  readonly paths: readonly string[];
  /** In words, unescaped; at least one. */
  readonly loosenings: readonly string[];
}

export interface LooseningFacts extends ApprovalFacts {
  /** What the author may do now; asked for where the author is the owner (`ownWordMatters`). */
  readonly authorRole: string | null;
}

/**
 * Why a loosened contract is not approved, in words; null when it is. The owner, or another member of the team that is,
 * approves by a review under the rules of any approval. An owner who opened the pull request can't review it, and so
 * approves by having pushed the present head. Where no owner is named, the contract file's code owners are asked, and
 * where it has none, anybody with write but the author.
 */
export function looseningProblem(loosened: LoosenedContract, facts: LooseningFacts): string | null {
  const problem = ownWordMatters(loosened, facts.author)
    ? (objection(facts)?.message ?? ownWordProblem(facts))
    : reviewProblem(loosened, facts);
  return problem === null ? null : `${describeLoosening(loosened)}; ${problem}`;
}

/** Whether the owner is the author, who can't review. A team has other members. */
export function ownWordMatters({ owner }: Pick<LoosenedContract, 'owner'>, author: string): boolean {
  return owner !== null && sameLogin(owner.slice(1), author);
}

/** `dataset rows: its contract is loosened (column "id": is no longer required)`. */
export function describeLoosening({ dataset, loosenings }: LoosenedContract): string {
  const [first = '', ...rest] = loosenings;
  const more = rest.length > SHOWN - 1 ? [`${rest.length - SHOWN + 1} more`] : [];
  return `dataset ${dataset}: its contract is loosened (${[first, ...rest.slice(0, SHOWN - 1), ...more].join('; ')})`;
}

/** The others stand on the pull request, with the dataset. */
const SHOWN = 3;

function ownWordProblem({ author, lastPusher, authorRole }: LooseningFacts): string | null {
  if (looksLikeBot(author, 'User')) return `its owner @${author} is no person; name one in the default branch's config`;
  if (authorRole === null || !hasRole(authorRole, 'write'))
    return `its owner @${author}, who proposes it, may not write; name another owner in the default branch's config`;
  if (lastPusher !== null && sameLogin(lastPusher, author)) return null;
  const pusher = lastPusher === null ? 'who pushed the head is not known' : `@${lastPusher} pushed the head`;
  return `its owner @${author} proposes it and has to push the head, and ${pusher}`;
}

function reviewProblem({ owner, paths }: LoosenedContract, facts: LooseningFacts): string | null {
  if (owner !== null) {
    const [account = '', team] = owner.slice(1).split('/');
    if (team !== undefined && !sameLogin(account, facts.repository.split('/')[0] ?? ''))
      return `its owner ${owner} is a team of another organization, which can't be asked; name another owner in the default branch's config`;
    return ownerApprovalProblem(owner, facts)?.message ?? null;
  }
  const { files } = facts;
  if (files === null) return 'who owns the contract by CODEOWNERS is not known';
  const rules = rulesFor(paths, parseCodeOwners(files.codeOwners ?? ''));
  if (rules === null) return TOO_MANY_RULES;
  const changed = paths.filter((_, index) =>
    (rules[index]?.owners ?? []).some((one) => !sameLogin(one.slice(1), facts.author)),
  );
  const required = { count: 1, teams: [], code_owners: changed.length > 0 };
  return approvalProblem(required, { ...facts, files: { ...files, changed } })?.message ?? null;
}
