import { type Html, html, path } from '../html.ts';
import { icon } from '../icons.ts';
import { csrfField } from '../layout.ts';
import type { Pull } from '../records.ts';
import { type CheckPlace, checkLine, checksSummary, type ShownCheck } from './checks.ts';
import { stateIcon, stateOf } from './state.ts';

const ICONS = { good: 'success', bad: 'failure', act: 'action_required', mute: 'neutral' } as const;

function checksHead(checks: readonly ShownCheck[]): Html {
  const { tone, text } = checksSummary(checks);
  const state = tone === 'busy' ? stateOf('in_progress', null) : stateOf('completed', ICONS[tone]);
  return html`<div class="merge-row ${tone}">${stateIcon(state)}<strong>${text}</strong></div>`;
}

function mergeForm(pull: Pull, place: CheckPlace, method: 'squash' | 'merge', label: string): Html {
  return html`<form method="post" action="${path(place.owner, place.name, 'pull', pull.number, 'merge')}">${csrfField(place.session)}
<input type="hidden" name="method" value="${method}"><input type="hidden" name="sha" value="${pull.head.sha}"><button class="${method === 'squash' ? 'primary' : 'quiet'}">${label}</button></form>`;
}

function mergeability(pull: Pull, place: CheckPlace): Html {
  if (pull.merged_at !== null) {
    return html`<div class="merge-row merged">${icon('merged')}<strong>Merged</strong><span class="muted">into <code>${pull.base.ref}</code></span></div>`;
  }
  if (pull.state !== 'open')
    return html`<div class="merge-row mute">${icon('closed')}<strong>Closed without merging</strong></div>`;
  if (pull.mergeable === false) {
    return html`<div class="merge-row bad">${stateIcon(stateOf('completed', 'failure'))}<strong>This branch has conflicts with <code>${pull.base.ref}</code></strong></div>`;
  }
  if (pull.mergeable === null)
    return html`<div class="merge-row busy">${stateIcon(stateOf('queued', null))}<strong>Checking whether it can be merged…</strong></div>`;
  const forms =
    place.session?.account === undefined
      ? html`<p class="muted">Sign in to merge.</p>`
      : html`<div class="buttons">${mergeForm(pull, place, 'squash', 'Squash and merge')}${mergeForm(pull, place, 'merge', 'Create a merge commit')}</div>`;
  return html`<div class="merge-row good">${stateIcon(stateOf('completed', 'success'))}<strong>No conflicts with <code>${pull.base.ref}</code></strong></div>${forms}`;
}

/** The checks of the head commit, and the buttons that merge. */
export function mergeBox(pull: Pull, checks: readonly ShownCheck[], place: CheckPlace): Html {
  return html`<section class="merge-box" id="checks">${checksHead(checks)}
<div class="checks">${checks.map((check) => checkLine(check, place))}</div>
<div class="merge-foot">${mergeability(pull, place)}</div></section>`;
}
