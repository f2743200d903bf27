import { type Html, html } from '../html.ts';
import { type IconName, icon } from '../icons.ts';

/** What a status and conclusion (of a check, a job, a step, a run, a deployment) look like and are called. */
export interface State {
  readonly tone: 'good' | 'bad' | 'act' | 'busy' | 'mute';
  readonly icon: IconName;
  readonly label: string;
}

const CONCLUSIONS: Readonly<Record<string, State>> = {
  success: { tone: 'good', icon: 'check', label: 'Successful' },
  failure: { tone: 'bad', icon: 'cross', label: 'Failed' },
  error: { tone: 'bad', icon: 'cross', label: 'Failed' },
  startup_failure: { tone: 'bad', icon: 'cross', label: 'Failed to start' },
  timed_out: { tone: 'bad', icon: 'clock', label: 'Timed out' },
  action_required: { tone: 'act', icon: 'alert', label: 'Action required' },
  cancelled: { tone: 'mute', icon: 'skipped', label: 'Cancelled' },
  skipped: { tone: 'mute', icon: 'skipped', label: 'Skipped' },
  neutral: { tone: 'mute', icon: 'neutral', label: 'Neutral' },
  inactive: { tone: 'mute', icon: 'neutral', label: 'Inactive' },
  stale: { tone: 'mute', icon: 'clock', label: 'Stale' },
};

const IN_PROGRESS: State = { tone: 'busy', icon: 'running', label: 'In progress' };
const QUEUED: State = { tone: 'busy', icon: 'queued', label: 'Queued' };

export function stateOf(status: string | null, conclusion: string | null): State {
  if (conclusion !== null) return CONCLUSIONS[conclusion] ?? { tone: 'mute', icon: 'neutral', label: conclusion };
  return status === 'in_progress' ? IN_PROGRESS : QUEUED;
}

export function stateIcon(state: State): Html {
  return html`<span class="state ${state.tone}" title="${state.label}">${icon(state.icon, state.label)}</span>`;
}
