/**
 * Which commit a command means: the one that its author saw (DESIGN invariant 2). Times are those of GitHub's
 * deliveries, with a resolution of one second; dates from git are forgeable and never read.
 */

import { sameLogin } from './identity.ts';

/** A head that a delivery showed: `pull_request.updated_at` of opened, synchronize, reopened or edited, and who sent it. */
export interface Sighting {
  /**
   * What the delivery told of. `head` (the default): opened or synchronize, of which the sender has pushed the head or
   * opened the request with it. `reopened`: the head may have moved while the request was closed, and not by the sender.
   * `base`: the request was pointed at another branch, which is a change of what its readers saw.
   */
  readonly event?: 'head' | 'reopened' | 'base' | undefined;
  /** The number of the request that the delivery was about, where it is known: other requests' sightings count nothing. */
  readonly pullRequest?: number | undefined;
  readonly sha: string;
  /** `owner/name`, which a fork's owner may change while the request is open. */
  readonly headRepository: string;
  /** ISO 8601. */
  readonly at: string;
  readonly sender: string;
}

export interface BindingRequest {
  /** Left out: every sighting is taken to be of this request. */
  readonly pullRequest?: number | undefined;
  /** The head as GitHub reports it now. */
  readonly head: { readonly sha: string; readonly repository: string };
  readonly comment: { readonly author: string; readonly createdAt: string };
  readonly sightings: readonly Sighting[];
  /** What the author typed after `@`: 7 to 64 hex digits. */
  readonly requestedSha?: string;
}

export type BindingRefusal =
  | 'head_not_sighted'
  | 'head_too_fresh'
  | 'head_moved'
  | 'sha_not_sighted'
  | 'ambiguous_sha'
  | 'time_unreadable';
export type Binding =
  | { readonly ok: true; readonly sha: string }
  | { readonly ok: false; readonly reason: BindingRefusal; readonly message: string };

/** How long somebody else's push must have been visible before a comment counts as given to it. */
const SETTLED_SECONDS = 60;

/**
 * The commit that a command is to run on. It is always the present head or none: what remains to be decided is whether
 * the comment's author can have meant it.
 */
export function bind(given: BindingRequest): Binding {
  const request = { ...given, sightings: given.sightings.filter((sighting) => isOfThisRequest(sighting, given)) };
  const times = [request.comment.createdAt, ...request.sightings.map(({ at }) => at)].map(seconds);
  if (times.some(Number.isNaN)) {
    return refuse('time_unreadable', 'a time of the comment or of a head could not be read', request);
  }
  return request.requestedSha === undefined ? bindUnnamed(request) : bindNamed(request, request.requestedSha);
}

/**
 * Who pushed the present head, so that their approval doesn't count; null where that is not clear: the head was never
 * seen, came in while the request was closed, or two people pushed in the same second.
 */
export function headPusher(given: Pick<BindingRequest, 'head' | 'sightings' | 'pullRequest'>): string | null {
  const sightings = given.sightings.filter((sighting) => isOfThisRequest(sighting, given));
  if (sightings.some(({ at }) => Number.isNaN(seconds(at)))) return null;
  // Nobody's comment: no sighting is taken to be in order because one person made them all.
  const row = presentRow({ ...given, sightings, comment: { author: '', createdAt: '' } });
  if (row === 'never' || row === 'unclear') return null;
  const { first } = row;
  const alike = sightings.filter(({ at, event }) => seconds(at) === seconds(first.at) && event !== 'base');
  const pushed = first.event === undefined || first.event === 'head';
  return pushed && first.sender !== '' && alike.every(({ sender }) => sameLogin(sender, first.sender))
    ? first.sender
    : null;
}

function isOfThisRequest({ pullRequest }: Sighting, request: Pick<BindingRequest, 'pullRequest'>): boolean {
  return pullRequest === undefined || request.pullRequest === undefined || pullRequest === request.pullRequest;
}

function bindNamed(request: BindingRequest, typed: string): Binding {
  const { head, comment } = request;
  const requested = typed.toLowerCase();
  if (!/^[0-9a-f]{7,64}$/.test(requested)) {
    return refuse('sha_not_sighted', 'what stands after @ is not 7 to 64 hex digits of a commit', request);
  }
  const ofThisHead = request.sightings.filter(({ headRepository }) => sameLogin(headRepository, head.repository));
  const named = ofThisHead.filter(({ sha }) => sha.startsWith(requested));
  const shas = [...new Set(named.map(({ sha }) => sha))];
  const [sha] = shas;
  if (sha === undefined) {
    return refuse('sha_not_sighted', `${requested} was never seen as the head of this pull request`, request);
  }
  if (shas.length > 1) {
    const what = `${requested} is the beginning of ${shas.length} heads of this pull request; give more digits`;
    return refuse('ambiguous_sha', what, request);
  }
  // An abbreviation could be matched by a commit made for that purpose, after the comment.
  const abbreviated = sha.length !== requested.length;
  if (abbreviated && !named.some(({ at }) => seconds(at) <= seconds(comment.createdAt))) {
    const what = `${requested} was not yet a head of this pull request when the comment was made`;
    return refuse('sha_not_sighted', what, request);
  }
  if (sha !== head.sha) return refuse('head_moved', `${requested} is no longer the head`, request);
  const moved = request.sightings.find((seen) => seen.event === 'base' && ageOf(seen, comment) < 0);
  return moved === undefined ? { ok: true, sha } : refuse('head_moved', retargeted(moved), request);
}

function bindUnnamed(request: BindingRequest): Binding {
  const { head, comment } = request;
  const row = presentRow(request);
  if (row === 'never') return refuse('head_not_sighted', 'the present head has not been seen in a delivery', request);
  if (row === 'unclear') {
    const what = 'the head has changed more than once, and it is unclear which one the comment meant';
    return refuse('head_moved', what, request);
  }
  const counted = [{ seen: row.first, isBase: false }, ...row.retargets.map((seen) => ({ seen, isBase: true }))];
  for (const { seen, isBase } of counted) {
    const age = ageOf(seen, comment);
    if (age < 0)
      return refuse('head_moved', isBase ? retargeted(seen) : 'the head was pushed after the comment', request);
    if (age >= SETTLED_SECONDS || isOwn(seen, request, isBase)) continue;
    const did = isBase ? 'pointed the pull request at another branch' : 'pushed the head';
    const what = `${seen.sender} ${did} ${age} s before the comment, and fewer than ${SETTLED_SECONDS} s leave open which head was meant`;
    return refuse('head_too_fresh', what, request);
  }
  return { ok: true, sha: head.sha };
}

interface Row {
  /** The sighting by which the present head became the head. */
  readonly first: Sighting;
  /** Changes of the base branch since. */
  readonly retargets: readonly Sighting[];
}

/**
 * The last unbroken row of sightings of the present head. A head that left and came back by force-push counts from its
 * return. Another head in the same second leaves the order open, unless the comment's author pushed them all.
 */
function presentRow(request: BindingRequest): Row | 'never' | 'unclear' {
  const { head, sightings } = request;
  const isHead = ({ sha, headRepository }: Sighting): boolean =>
    sha === head.sha && sameLogin(headRepository, head.repository);
  const mine = sightings.filter(isHead).sort((a, b) => seconds(a.at) - seconds(b.at));
  const others = sightings.filter((sighting) => !isHead(sighting));
  const latest = mine.at(-1);
  if (latest === undefined) return 'never';
  const own = (seen: Sighting): boolean => isOwn(seen, request, false);
  const before = others.filter(({ at }) => seconds(at) < seconds(latest.at));
  const tied = others.filter(({ at }) => seconds(at) === seconds(latest.at));
  if (before.length + tied.length < others.length) return 'unclear';
  const atOnce = mine.filter(({ at }) => seconds(at) === seconds(latest.at));
  if (tied.length > 0 && ![...atOnce, ...tied].every(own)) return 'unclear';
  const lastOther = Math.max(...before.map(({ at }) => seconds(at)));
  const row = tied.length > 0 ? atOnce : mine.filter(({ at }) => seconds(at) > lastOther);
  const begin = row[0] ?? latest;
  // Two senders in the first second: the one who isn't the author counts, since that asks for more.
  const ofFirstSecond = row.filter(({ at }) => seconds(at) === seconds(begin.at));
  const pushed = ofFirstSecond.filter(({ event }) => event !== 'base');
  const candidates = pushed.length === 0 ? ofFirstSecond : pushed;
  const first = candidates.find((seen) => !own(seen)) ?? candidates[0] ?? latest;
  return { first, retargets: row.filter(({ event }) => event === 'base') };
}

/** Whether the comment's author did it. Who reopens or retargets a request has not thereby pushed its head. */
function isOwn(seen: Sighting, { comment }: BindingRequest, asRetarget: boolean): boolean {
  const did = asRetarget || seen.event === undefined || seen.event === 'head';
  return did && sameLogin(seen.sender, comment.author);
}

function ageOf({ at }: Sighting, comment: BindingRequest['comment']): number {
  return seconds(comment.createdAt) - seconds(at);
}

function retargeted({ sender }: Sighting): string {
  return `${sender} pointed the pull request at another branch after the comment`;
}

/** Whole seconds since 1970: GitHub's times carry no more, and what another source adds must not decide. */
function seconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}

function refuse(reason: BindingRefusal, what: string, { head }: BindingRequest): Binding {
  return {
    ok: false,
    reason,
    message: `${what}. Look at the head ${head.sha.slice(0, 12)} and repeat the command with \`@${head.sha}\` at its end.`,
  };
}
