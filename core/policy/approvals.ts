import type { Requirements } from '../config/policy.ts';
import type { Facts, ReviewFact } from '../decision/facts.ts';
import { MAX_CODE_OWNERS_BYTES, parseCodeOwners, rulesFor } from './code-owners.ts';
import { looksLikeBot, sameLogin } from './identity.ts';
import { hasRole } from './roles.ts';

type FilesFact = NonNullable<Facts['files']>;
export type ApprovalRequirement = NonNullable<Requirements['approvals']>;

export interface ApprovalFacts {
  /** The oldest first, as GitHub lists them. */
  readonly reviews: readonly ReviewFact[];
  /** Of the pull request. */
  readonly author: string;
  /** Who pushed the present head: the sender of the sighting by which it became the head. null: not known. */
  readonly lastPusher: string | null;
  /** The present head. */
  readonly head: string;
  /** Asked for when code owners must approve; null where they are not known. */
  readonly files: FilesFact | null;
  /** `owner/name`, since only teams of its owner can own files. */
  readonly repository: string;
}

export interface ApprovalProblem {
  readonly reason: 'approvals_missing' | 'code_owner_missing';
  /** What is asked for and what was found, unescaped. */
  readonly message: string;
  /** Who could mend it: `team:ml`, or owners of files as CODEOWNERS writes them. Empty where anybody with write may. */
  readonly missing: readonly string[];
  /** How many more approvals are needed at least. */
  readonly more: number;
}

/** Whom roles and teams must be asked for, before `approvalProblem` can say anything. */
export interface ReviewersAsked {
  readonly users: readonly string[];
  /** Slugs. */
  readonly teams: readonly string[];
}

/**
 * Whether the approvals that policy asks for are there. An approval counts if it is its author's newest verdict, was
 * given to the present head, and comes from a person with write who neither opened the pull request nor pushed the head.
 * One open request for changes of somebody with write blocks, whatever commit it was given to. Reviews of bots count
 * nothing, for or against. Fails closed: a role that isn't known approves nothing and blocks, and a list of files that was
 * cut proves nothing.
 */
export function approvalProblem(requirement: ApprovalRequirement, facts: ApprovalFacts): ApprovalProblem | null {
  return judge(facts, (valid, verdicts) => missingFrom(requirement, valid, verdicts, facts));
}

/**
 * Whether an owner, or a member of the team that is, has approved, under the same rules as any approval.
 *
 * @param owner `@user` or `@org/team`, as the config and CODEOWNERS write it
 */
export function ownerApprovalProblem(owner: string, facts: ApprovalFacts): ApprovalProblem | null {
  return judge(facts, (valid, verdicts) => {
    if (valid.some((review) => owns(review, owner, facts.repository))) return null;
    const message = `${owner} has to approve the head${foundIn(verdicts, facts)}`;
    return { reason: 'code_owner_missing', message, missing: [owner], more: 1 };
  });
}

/** Requests for changes that block, whatever else is asked for. */
export function objection(facts: ApprovalFacts): ApprovalProblem | null {
  return objectionIn(newestVerdicts(facts.reviews), facts);
}

type Missing = (valid: readonly ReviewFact[], verdicts: readonly ReviewFact[]) => ApprovalProblem | null;

function judge(facts: ApprovalFacts, missing: Missing): ApprovalProblem | null {
  const verdicts = newestVerdicts(facts.reviews);
  const against = objectionIn(verdicts, facts);
  if (against !== null) return against;
  const valid = verdicts.filter((review) => countsFor(review, facts));
  if (facts.lastPusher !== null) return missing(valid, verdicts);
  // Whoever pushed the head may be among the approvers, so it must be enough without any one of them.
  const without = valid.map(({ user }) => valid.filter((review) => !sameLogin(review.user, user)));
  const problem = [valid, ...without].map((rest) => missing(rest, verdicts)).find((found) => found !== null);
  if (problem === undefined) return null;
  return {
    ...problem,
    message: `${problem.message}; who pushed the head is not known, so one more could be the pusher's`,
  };
}

function objectionIn(verdicts: readonly ReviewFact[], facts: ApprovalFacts): ApprovalProblem | null {
  const against = verdicts.filter((review) => review.state === 'changes_requested' && blocks(review, facts));
  if (against.length === 0) return null;
  const names = against.map(({ user }) => user || 'an account that is gone');
  const message = `${names.join(' and ')} asked for changes, and ${names.length === 1 ? 'has' : 'have'} not approved since`;
  return { reason: 'approvals_missing', message, missing: names, more: names.length };
}

/** @param files left out while they are not known: teams of code owners are then not among those to ask for */
export function reviewersAsked(
  requirement: ApprovalRequirement,
  reviews: readonly ReviewFact[],
  files: FilesFact | null = null,
): ReviewersAsked {
  const users = newestVerdicts(reviews)
    .filter(({ state, user, userType }) => state !== 'dismissed' && user !== '' && !looksLikeBot(user, userType))
    .map(({ user }) => user);
  const rules = requirement.code_owners && files !== null ? rulesOf(files) : null;
  const owners = (rules ?? []).flatMap((rule) => rule?.owners ?? []);
  const teams = owners.flatMap((owner) => (owner.startsWith('@') ? (owner.split('/')[1] ?? []) : []));
  return { users, teams: [...new Set([...requirement.teams, ...teams])] };
}

/** Of each reviewer the newest approval, request for changes or dismissal. A comment changes nothing. */
function newestVerdicts(reviews: readonly ReviewFact[]): ReviewFact[] {
  const newest = new Map<string, ReviewFact>();
  const inOrder = [...reviews].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  for (const review of inOrder) {
    if (review.state === 'commented' || review.state === 'pending') continue;
    newest.set(review.user.toLowerCase(), review);
  }
  return [...newest.values()];
}

function blocks(review: ReviewFact, { author }: ApprovalFacts): boolean {
  if (sameLogin(review.user, author) || looksLikeBot(review.user, review.userType)) return false;
  return review.role === undefined || hasRole(review.role, 'write');
}

function countsFor(review: ReviewFact, facts: ApprovalFacts): boolean {
  return whyNot(review, facts) === null;
}

function whyNot(review: ReviewFact, { author, lastPusher, head }: ApprovalFacts): string | null {
  if (review.state === 'dismissed') return 'dismissed';
  if (review.state !== 'approved') return 'no approval';
  if (review.user === '') return 'from an account that is gone';
  if (looksLikeBot(review.user, review.userType) || review.userType !== 'User') return 'not a person’s';
  if (sameLogin(review.user, author)) return 'the author’s own';
  if (lastPusher !== null && sameLogin(review.user, lastPusher)) return 'of who pushed the head';
  if (review.commit !== head) return `given to ${review.commit?.slice(0, 12) ?? 'no commit'}, not to the present head`;
  if (review.role === undefined || !hasRole(review.role, 'write')) return 'of somebody who may not write';
  return null;
}

function missingFrom(
  requirement: ApprovalRequirement,
  valid: readonly ReviewFact[],
  verdicts: readonly ReviewFact[],
  facts: ApprovalFacts,
): ApprovalProblem | null {
  const more = requirement.count - valid.length;
  if (more > 0) {
    const message = `${plural(requirement.count)} of the present head ${requirement.count === 1 ? 'is' : 'are'} needed, and ${valid.length} count${foundIn(verdicts, facts)}`;
    return { reason: 'approvals_missing', message, missing: [], more };
  }
  const teams = requirement.teams.filter((team) => !valid.some((review) => inTeam(review, team)));
  if (teams.length > 0) {
    const message = `an approval of a member of ${teams.map((team) => `team ${team}`).join(' and of ')} is missing`;
    return { reason: 'approvals_missing', message, missing: teams.map((team) => `team:${team}`), more: teams.length };
  }
  return requirement.code_owners ? ownerProblem(valid, facts) : null;
}

/** Approvals that there are, and why those that don't count don't; empty for none. */
function foundIn(verdicts: readonly ReviewFact[], facts: ApprovalFacts): string {
  const found = verdicts
    .filter(({ state }) => state === 'approved' || state === 'dismissed')
    .map((review) => `${review.user}’s ${whyNot(review, facts) ?? 'counts'}`);
  return found.length === 0 ? '' : ` (${found.join('; ')})`;
}

/** Where nobody may be taken for an owner. */
export const TOO_MANY_RULES =
  'CODEOWNERS has too many rules with stars for the files that are changed: write fewer, or change fewer files at a time';

function ownerProblem(valid: readonly ReviewFact[], facts: ApprovalFacts): ApprovalProblem | null {
  const refuse = (message: string, missing: readonly string[] = []): ApprovalProblem => ({
    reason: 'code_owner_missing',
    message,
    missing,
    more: 1,
  });
  const { files } = facts;
  if (files === null) return refuse('which files are changed is not known');
  if (!files.complete) return refuse('the list of changed files was cut, so not all of their owners can be told');
  if (files.codeOwners === null)
    return refuse('the default branch has no CODEOWNERS file, and policy asks for the approval of code owners');
  if (Buffer.byteLength(files.codeOwners) > MAX_CODE_OWNERS_BYTES)
    return refuse('CODEOWNERS is larger than 3 MiB, and GitHub reads no such file');
  const rules = rulesOf(files);
  if (rules === null) return refuse(TOO_MANY_RULES);
  for (const [index, rule] of rules.entries()) {
    if (rule === null || rule.owners.length === 0) continue;
    if (valid.some((review) => rule.owners.some((owner) => owns(review, owner, facts.repository)))) continue;
    const path = files.changed[index] ?? '';
    const mails = rule.owners.every((owner) => !owner.startsWith('@'));
    const hint = mails ? '; whose e-mail address that is can’t be told, so write a login or a team' : '';
    const message = `${path} needs the approval of ${rule.owners.join(' or ')} (line ${rule.line} of CODEOWNERS)${hint}`;
    return refuse(message, rule.owners);
  }
  return null;
}

/** For each changed file the rule that decides; null where that takes too long to tell. */
function rulesOf({ changed, codeOwners }: FilesFact): ReturnType<typeof rulesFor> {
  return rulesFor(changed, parseCodeOwners(codeOwners ?? ''));
}

function owns(review: ReviewFact, owner: string, repository: string): boolean {
  if (!owner.startsWith('@')) return false;
  const [account = '', team] = owner.slice(1).split('/');
  if (team === undefined) return sameLogin(account, review.user);
  return sameLogin(account, repository.split('/')[0] ?? '') && inTeam(review, team);
}

function inTeam({ teams }: ReviewFact, slug: string): boolean {
  return (teams ?? []).some((team) => sameLogin(team, slug));
}

function plural(count: number): string {
  return count === 1 ? 'one approval' : `${count} approvals`;
}
