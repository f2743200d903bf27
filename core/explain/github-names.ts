/**
 * Facts as GitHub's REST API and its deliveries write them, in the names of our file: so that an answer of GitHub's can be
 * put into it as it is. Only what can be read in one way is read; whatever else stands there is left for the schema to
 * refuse.
 */

type Keys = Readonly<Record<string, unknown>>;

/** Keys of GitHub's objects that no decision reads. */
const UNREAD = {
  pull: new Set(
    (
      '_links active_lock_reason additions assignee assignees author_association auto_merge body changed_files closed_at ' +
      'comments comments_url commits commits_url created_at deletions diff_url draft html_url id issue_url locked ' +
      'maintainer_can_modify merge_commit_sha mergeable mergeable_state merged_at merged_by milestone node_id patch_url ' +
      'rebaseable requested_reviewers requested_teams review_comment_url review_comments review_comments_url statuses_url ' +
      'title updated_at url'
    ).split(' '),
  ),
  branch: new Set(['label', 'repo', 'user']),
  review: new Set('_links author_association body html_url id node_id pull_request_url updated_at'.split(' ')),
  comment: new Set(
    'author_association body html_url issue_url node_id performed_via_github_app pin reactions updated_at url'.split(
      ' ',
    ),
  ),
  check: new Set(
    (
      'app check_suite completed_at deployment details_url external_id head_sha html_url id node_id output pull_requests ' +
      'started_at status url'
    ).split(' '),
  ),
} as const;

const EVENTS: Readonly<Record<string, string>> = {
  opened: 'head',
  synchronize: 'head',
  reopened: 'reopened',
  edited: 'base',
};

/** @param value of `--pr`, parsed as JSON and nothing else; never throws */
export function inOurNames(value: unknown): unknown {
  if (!isKeys(value)) return value;
  const { base, changed_files, checks, comment, files, head, labels, merged_at, repository, reviews, sightings } =
    value;
  const { user, ...rest } = without(value, UNREAD.pull);
  const baseRepo = isKeys(base) ? base.repo : undefined;
  return {
    ...given({
      author: login(user),
      default_branch: textAt(repository, 'default_branch') ?? textAt(baseRepo, 'default_branch'),
      fork: isKeys(head) && (head.repo === null || head.repository === null) ? true : undefined,
      merged: typeof merged_at === 'string' || isState(value, 'merged') ? true : undefined,
      repository: textAt(baseRepo, 'full_name'),
    }),
    ...rest,
    // Two accounts for one are a mistake.
    ...(user !== undefined && (login(user) === undefined || rest.author !== undefined) ? { user } : {}),
    ...given({
      author: login(rest.author),
      state: stateOf(value),
      repository: textAt(repository, 'full_name'),
      head: head && branch(head, false),
      base: base && branch(base, true),
      labels: each(labels, (label) => textAt(label, 'name') ?? label),
      reviews: each(reviews, review),
      sightings: each(sightings, sighting),
      comment: comment && commentIn(comment),
      files: files && filesIn(files, changed_files),
      checks: each(isKeys(checks) ? (checks.check_runs ?? checks) : checks, (check) => without(check, UNREAD.check)),
    }),
  };
}

/** `OPEN`, `CLOSED` and `MERGED` stand in GraphQL. */
function stateOf(value: Keys): string | undefined {
  if (isState(value, 'merged')) return 'closed';
  return typeof value.state === 'string' ? value.state.toLowerCase() : undefined;
}

function isState({ state }: Keys, name: string): boolean {
  return typeof state === 'string' && state.toLowerCase() === name;
}

/** A head whose repository is gone has none; which commit the base is at decides nothing. */
function branch(value: unknown, isBase: boolean): unknown {
  if (!isKeys(value)) return value;
  const { sha, repository, ...rest } = without(value, UNREAD.branch);
  if (isBase) return { ...rest, ...given({ repository }) };
  return { ...rest, ...given({ sha, repository: repository ?? textAt(value.repo, 'full_name') }) };
}

function review(value: unknown): unknown {
  if (!isKeys(value)) return value;
  const { role_name, state, teams, user, ...rest } = without(value, UNREAD.review);
  return {
    ...given({ role: role_name, state: typeof state === 'string' ? state.toUpperCase() : state }),
    ...given({ user_type: accountType(user) }),
    ...rest,
    // GitHub writes null for an account that is gone.
    ...given({ user: user === null ? 'ghost' : (login(user) ?? user) }),
    ...given({ teams: each(teams, (team) => textAt(team, 'slug') ?? team) }),
  };
}

function sighting(value: unknown): unknown {
  if (!isKeys(value)) return value;
  const { action, sender, updated_at, ...rest } = value;
  const event = typeof action === 'string' && Object.hasOwn(EVENTS, action) ? EVENTS[action] : undefined;
  return {
    ...given({ at: updated_at, event }),
    ...(action !== undefined && event === undefined ? { action } : {}),
    ...rest,
    ...given({ sender: login(sender) ?? sender }),
  };
}

function commentIn(value: unknown): unknown {
  if (!isKeys(value)) return value;
  const { user, ...rest } = without(value, UNREAD.comment);
  const { created_at, updated_at } = value;
  const id = isKeys(user) ? user.id : undefined;
  return {
    ...given({ author: login(user), author_id: id, author_type: accountType(user) }),
    // It is changed by an edit and nothing else.
    ...given({ edited: typeof updated_at === 'string' ? updated_at !== created_at : undefined }),
    ...rest,
  };
}

/** GitHub's list is in pages: only its own count tells that none is missing. */
function filesIn(value: unknown, count: unknown): unknown {
  if (!Array.isArray(value) || !value.every((file) => textAt(file, 'filename') !== undefined)) return value;
  const changed = value.flatMap((file) => [textAt(file, 'filename'), textAt(file, 'previous_filename') ?? []].flat());
  return { changed, complete: count === value.length };
}

function login(value: unknown): string | undefined {
  return textAt(value, 'login');
}

function accountType(value: unknown): string | undefined {
  const type = textAt(value, 'type');
  return type === undefined || type === 'User' || type === 'Bot' ? type : 'Other';
}

function textAt(value: unknown, key: string): string | undefined {
  const found = isKeys(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}

function each(value: unknown, change: (one: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map(change) : value;
}

function without(value: unknown, keys: ReadonlySet<string>): Keys {
  if (!isKeys(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key)));
}

function given(values: Keys): Keys {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function isKeys(value: unknown): value is Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
