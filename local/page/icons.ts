import { type Html, html, trusted } from './html.ts';

/** Drawn for this page: strokes on a 16 × 16 grid. */
const SHAPES = {
  check: '<circle cx="8" cy="8" r="6.5"/><path d="m5 8.2 2.1 2.1L11 6.2"/>',
  cross: '<circle cx="8" cy="8" r="6.5"/><path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4"/>',
  alert: '<circle cx="8" cy="8" r="6.5"/><path d="M8 4.5v4.2m0 2.3v.3"/>',
  running: '<circle cx="8" cy="8" r="6.5" opacity=".3"/><path class="turning" d="M8 1.5A6.5 6.5 0 0 1 14.5 8"/>',
  queued:
    '<circle cx="8" cy="8" r="6.5" stroke-dasharray="2.5 2.5"/><circle cx="8" cy="8" r="1.4" fill="currentColor"/>',
  neutral: '<rect x="3" y="3" width="10" height="10" rx="2"/>',
  skipped: '<circle cx="8" cy="8" r="6.5"/><path d="m5.5 10.5 5-5"/>',
  open: '<circle cx="4" cy="3.5" r="1.8"/><circle cx="4" cy="12.5" r="1.8"/><circle cx="12" cy="12.5" r="1.8"/><path d="M4 5.3v5.4M12 10.7V6a2.5 2.5 0 0 0-2.5-2.5H8m1.6-1.8L7.8 3.5l1.8 1.8"/>',
  merged:
    '<circle cx="4" cy="3.5" r="1.8"/><circle cx="4" cy="12.5" r="1.8"/><circle cx="12" cy="8.5" r="1.8"/><path d="M4 5.3v5.4M4 5.5c.4 2 2.3 3 6.2 3"/>',
  closed:
    '<circle cx="4" cy="3.5" r="1.8"/><circle cx="4" cy="12.5" r="1.8"/><circle cx="12" cy="12.5" r="1.8"/><path d="M4 5.3v5.4m8 0V7.5m-1.8-5.3 3.6 3.6m0-3.6-3.6 3.6"/>',
  commit: '<circle cx="8" cy="8" r="2.8"/><path d="M1 8h4.2m5.6 0H15"/>',
  branch:
    '<circle cx="4.5" cy="3.5" r="1.8"/><circle cx="4.5" cy="12.5" r="1.8"/><circle cx="11.5" cy="5" r="1.8"/><path d="M4.5 5.3v5.4m7-3.9c0 2-1.5 2.7-3.5 2.7-1.7 0-3.5.2-3.5 1.2"/>',
  tag: '<path d="M2 2.5h5.2L14 9.3 9.3 14 2.5 7.2z"/><circle cx="5.3" cy="5.5" r=".9"/>',
  file: '<path d="M3.5 1.5h6l3 3v10h-9z"/><path d="M9.5 1.5v3h3"/>',
  folder: '<path d="M1.5 3.5h4.5l1.5 2h7v8h-13z"/>',
  repository:
    '<path d="M3 2.5A1.5 1.5 0 0 1 4.5 1H13v10.5H4.5A1.5 1.5 0 0 0 3 13zm0 10.5A1.5 1.5 0 0 0 4.5 14.5H13v-3"/>',
  rocket:
    '<path d="M6 10c-1.5-1.5 1-6.5 4-8 1.5-.6 3-.6 4-.5.1 1 .1 2.5-.5 4-1.5 3-6.5 5.5-7.5 4.5zM5.5 7.5 2.5 8m6 2.5L8 13.5M5 11l-2.5 2.5"/>',
  clock: '<circle cx="8" cy="8" r="6.5"/><path d="M8 4.5V8l2.5 1.5"/>',
} as const;

export type IconName = keyof typeof SHAPES;

/** An icon in the colour of its text; `label` names it to screen readers, without one it is decoration. */
export function icon(name: IconName, label?: string): Html {
  const meaning = label === undefined ? html`aria-hidden="true"` : html`role="img" aria-label="${label}"`;
  return html`<svg class="icon icon-${name}" viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" ${meaning}>${trusted(SHAPES[name])}</svg>`;
}
