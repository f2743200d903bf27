/**
 * Which commit a command means: the one that its author saw (DESIGN invariant 2). Times are those of GitHub's
 * deliveries, with a resolution of one second; dates from git are forgeable and never read.
 */

/** A head that a delivery showed: `pull_request.updated_at` of opened, synchronize or reopened, and who sent it. */
export interface Sighting {
  readonly sha: string;
  /** `owner/name`, which a fork's owner may change while the request is open. */
  readonly headRepository: string;
  /** ISO 8601. */
  readonly at: string;
  readonly sender: string;
}

export interface BindingRequest {
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

export function bind(request: BindingRequest): Binding {
  const times = [request.comment.createdAt, ...request.sightings.map(({ at }) => at)].map(seconds);
  if (times.some(Number.isNaN)) {
    return refuse('time_unreadable', 'a time of the comment or of a head could not be read', request);
  }
  return request.requestedSha === undefined ? bindUnnamed(request) : bindNamed(request, request.requestedSha);
}

function bindNamed(request: BindingRequest, requested: string): Binding {
  const { head, comment } = request;
  const ofThisHead = request.sightings.filter(({ headRepository }) => sameRepository(headRepository, head.repository));
  const named = ofThisHead.filter(({ sha }) => sha.startsWith(requested.toLowerCase()));
  const shas = [...new Set(named.map(({ sha }) => sha))];
  const [sha] = shas;
  if (sha === undefined) {
    return refuse('sha_not_sighted', `${requested} was never seen as the head of this pull request`, request);
  }
  if (shas.length > 1) {
    return refuse(
      'ambiguous_sha',
      `${requested} is the beginning of ${shas.length} heads of this pull request; give more digits`,
      request,
    );
  }
  // An abbreviation could be matched by a commit made for that purpose, after the comment.
  const abbreviated = sha.length !== requested.length;
  if (abbreviated && !named.some(({ at }) => seconds(at) <= seconds(comment.createdAt))) {
    return refuse(
      'sha_not_sighted',
      `${requested} was not yet a head of this pull request when the comment was made`,
      request,
    );
  }
  if (sha !== head.sha) return refuse('head_moved', `${requested} is no longer the head`, request);
  return { ok: true, sha };
}

function bindUnnamed(request: BindingRequest): Binding {
  const { head, comment } = request;
  const current = currentSighting(request);
  if (current === 'never')
    return refuse('head_not_sighted', 'the present head has not been seen in a delivery', request);
  if (current === 'unclear')
    return refuse(
      'head_moved',
      'the head has changed more than once, and it is unclear which one the comment meant',
      request,
    );
  const age = seconds(comment.createdAt) - seconds(current.at);
  if (age < 0) return refuse('head_moved', 'the head was pushed after the comment', request);
  if (sameLogin(current.sender, comment.author)) return { ok: true, sha: head.sha };
  if (age >= SETTLED_SECONDS) return { ok: true, sha: head.sha };
  return refuse(
    'head_too_fresh',
    `${current.sender} pushed the head ${age} s before the comment, and fewer than ${SETTLED_SECONDS} s leave open which head was meant`,
    request,
  );
}

/**
 * The sighting by which the present head became the head: the first of its last unbroken row. A head that left and came
 * back by force-push counts from its return. Another head in the same second leaves the order open, unless the
 * comment's author pushed them all.
 */
function currentSighting({ head, comment, sightings }: BindingRequest): Sighting | 'never' | 'unclear' {
  const isHead = ({ sha, headRepository }: Sighting): boolean =>
    sha === head.sha && sameRepository(headRepository, head.repository);
  const mine = sightings.filter(isHead).sort((a, b) => seconds(a.at) - seconds(b.at));
  const others = sightings.filter((sighting) => !isHead(sighting));
  const latest = mine.at(-1);
  if (latest === undefined) return 'never';
  const own = ({ sender }: Sighting): boolean => sameLogin(sender, comment.author);
  const before = others.filter(({ at }) => seconds(at) < seconds(latest.at));
  const tied = others.filter(({ at }) => seconds(at) === seconds(latest.at));
  if (before.length + tied.length < others.length) return 'unclear';
  if (tied.length > 0) return own(latest) && tied.every(own) ? latest : 'unclear';
  const lastOther = Math.max(...before.map(({ at }) => seconds(at)));
  const row = mine.filter(({ at }) => seconds(at) > lastOther);
  const first = row[0] ?? latest;
  // Two senders in the first second: the one who isn't the author counts, since that asks for more.
  return row.find((sighting) => seconds(sighting.at) === seconds(first.at) && !own(sighting)) ?? first;
}

/** Whole seconds since 1970: GitHub's times carry no more, and what another source adds must not decide. */
function seconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}

function sameLogin(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function sameRepository(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function refuse(reason: BindingRefusal, what: string, { head }: BindingRequest): Binding {
  return {
    ok: false,
    reason,
    message: `${what}. Look at the head ${head.sha.slice(0, 12)} and repeat the command with \`@${head.sha}\` at its end.`,
  };
}
