import { isPlainUrl } from '../../../core/reports/markdown.ts';
import type {
  CommentView,
  CurveView,
  DatasetView,
  FindingView,
  MetricRowView,
  PlanView,
  RunView,
} from '../../../core/reports/view.ts';

export const HOSTILE = [
  '@ada',
  'org/team #1 GH-2 owner/repo#3 0123456789abcdef0123456789abcdef01234567',
  '<img src=x onerror=alert(1)><script>alert(1)</script>',
  '[click](https://evil.example) ![x](https://evil.example/x.png) https://evil.example www.evil.example a@evil.example',
  '`code` **bold** _it_ ~~no~~ | a | b |',
  '<!-- trainyard:pr -->',
  '--> </details> <details open>',
  '# heading\n\n> [!WARNING]\n> forged\n\n| a |\n|---|\n| b |\n```\nfence\n```',
  '\u202etxt.exe\u202c \u200bhidden\u0000\u001b[31m \u{e0041}',
  ':white_check_mark: $x^2$ &lt;b&gt; &amp; \\',
  '1. item',
  '- [x] done',
].join(' ');

export const metric: MetricRowView = {
  metric: 'roc_auc',
  value: 0.74123,
  reference: 0.73011,
  better: 'higher',
  min: 0.7,
  max: null,
  gate: { verdict: 'pass', explanation: '0.7412 ≥ min 0.7; production 0.7301, regression −0.01112 ≤ 0.005' },
};

const hash = 'a1b2c3d4e5f6a7b8'.repeat(4);

export const run: RunView = {
  reproduction: { of: '01JD0000000000000000000000', kind: 'differs', lines: ['model.onnx has other bytes'] },
  model: 'flight-delay',
  run: '01JD0000000000000000000001',
  commit: hash.slice(0, 40),
  state: 'candidate',
  reasons: [],
  reused: false,
  requestedBy: 'ada',
  comparedWith: 'v1.0.0 in production',
  metrics: [metric, { ...metric, metric: 'rows', value: 2000, reference: 2000, better: null, min: null, gate: null }],
  judgedBy: 'evaluated',
  selfReported: [{ metric: 'roc_auc', value: 0.999 }],
  parameters: [{ name: 'learning_rate', value: '0.2', committed: '0.1' }],
  findings: [],
  chartUrl: 'http://github.localhost:1234/acme/flights/raw/abc/chart.svg',
  links: [{ text: 'training', url: 'http://github.localhost:1234/acme/flights/actions/runs/1' }],
  seconds: 94,
  evidence: {
    source: hash,
    request: hash,
    policyDigest: hash,
    envelope: hash,
    url: null,
    package: hash,
    sandbox: 'namespaces',
    network: 'open',
  },
};

export const plan: PlanView = {
  status: 'complete',
  problem: null,
  models: [
    {
      model: 'flight-delay',
      affected: true,
      changes: ['src/features/time.py changed'],
      stages: ['staging', 'production'],
      estimate: {
        from: 'past',
        runs: 5,
        seconds: { low: 540, middle: 600, high: 660 },
        cost: { low: '0.45 USD', middle: '0.50 USD', high: '0.55 USD' },
      },
      command: '/train flight-delay',
    },
  ],
  policyChanges: [],
  datasets: ['flights'],
};

export const finding: FindingView = {
  severity: 'fail',
  rule: 'type',
  file: 'data/flights.csv',
  line: 57,
  column: 'distance',
  message: 'expected a number, found "far"',
  url: null,
};

export const dataset: DatasetView = {
  dataset: 'flights',
  status: 'failed',
  reason: '1 problem in 6000 rows',
  rows: 6000,
  findings: [finding],
  total: 1,
  loosenings: [],
  checkUrl: null,
};

export const comment: CommentView = {
  headline: { mood: 'success', text: 'flight-delay is ready' },
  head: hash.slice(0, 40),
  plan,
  data: [dataset],
  runs: [run],
  notices: [],
  next: [{ text: 'Merge when you are ready', command: null }],
};

export const curve = (name: string, values: readonly number[]): CurveView => ({
  metric: name,
  points: values.map((value, step) => ({ step, value })),
});

/**
 * The same view with every string that may be foreign replaced. Addresses are ours by what the views say, so one that
 * would be plain is left out.
 */
export function poison<T>(value: T, text: string | (() => string)): T {
  if (typeof value === 'string') return (KEEP.has(value) ? value : typeof text === 'string' ? text : text()) as T;
  if (Array.isArray(value)) return value.map((item) => poison(item, text)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    const changed = poison(item, text);
    const address = /^(?:url|chartUrl|checkUrl)$/.test(key) && typeof changed === 'string' && isPlainUrl(changed);
    return [key, address ? 'x' : changed];
  });
  return Object.fromEntries(entries) as T;
}

/** Values of closed sets, which no outsider can choose. */
const KEEP = new Set([
  ...[
    'success',
    'failure',
    'running',
    'attention',
    'neutral',
    'complete',
    'truncated',
    'error',
    'warn',
    'fail',
    'pass',
    'missing',
    'first_version',
  ],
  ...[
    'passed',
    'failed',
    'not_checked',
    'accepted',
    'training',
    'judging',
    'candidate',
    'held',
    'cancelled',
    'stale',
    'evaluated',
    'self-reported',
  ],
  ...['waived', 'none', 'holm', 'ks', 'wasserstein', 'jensen_shannon', 'chi_squared', 'bins', 'categories'],
  ...['count', 'share', 'added', 'removed', 'changed', 'number', 'timestamp', 'string', 'email', 'csv'],
  ...['low', 'medium', 'high', 'critical', 'answered', 'refused', 'higher', 'lower'],
]);
