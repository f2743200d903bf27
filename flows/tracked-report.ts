import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { TarError, unpackTar } from '../core/packaging/tar.ts';
import { comparisonChart } from '../core/reports/chart.ts';
import { runSection } from '../core/reports/run-section.ts';
import {
  boundArtifacts,
  MAX_LOOKED_INTO,
  packageArtifacts,
  type TrackedArtifact,
} from '../core/training/tracked-artifacts.ts';
import { packageBytes } from './package-store.ts';
import type { Ports, StepMetric } from './ports.ts';
import { modelIn, type PolicySnapshot } from './snapshot.ts';
import { learningOf, metricRows, runView } from './views.ts';

/**
 * What a tracking server keeps beside a run that has ended: the report as its pull request shows it, the chart, the
 * metrics, the record that was signed, and of a package whose scan was clean its plots and model card.
 *
 * @throws PortError
 */
export async function trackedReport(
  ports: Pick<Ports, 'source' | 'workflows'>,
  policy: PolicySnapshot,
  found: VerifiedRecord,
  points: readonly StepMetric[],
): Promise<readonly TrackedArtifact[]> {
  const { record } = found;
  const { url: serverUrl } = await ports.source.repository();
  const view = runView(found, { policy, now: null, serverUrl, chartUrl: null, reference: null });
  const json = (path: string, value: unknown): TrackedArtifact =>
    text(path, 'application/json', `${JSON.stringify(value, null, 2)}\n`);
  const report = runSection(view)
    .filter((part) => part !== '')
    .join('\n\n');
  const own = [text('trainyard/report.md', 'text/markdown', `${report}\n`), json('trainyard/record.json', record)];
  if (record.state.state !== 'judged') return boundArtifacts(own);
  const { evaluation, selfReported, gates } = record.state;
  const metrics = evaluation.status === 'evaluated' ? evaluation.metrics : null;
  const chart = comparisonChart({
    title: `${record.model}, run ${record.run}`,
    comparedWith: null,
    metrics: metricRows(record, modelIn(policy.config, record.model)?.gates ?? {}, null),
    ...learningOf(points),
  });
  return boundArtifacts([
    ...own,
    json('trainyard/metrics.json', { evaluated: metrics, self_reported: selfReported, gates }),
    text('trainyard/chart.svg', 'image/svg+xml', chart),
    ...(await fromPackage(ports, found)),
  ]);
}

async function fromPackage(
  ports: Pick<Ports, 'workflows'>,
  { record: { state } }: VerifiedRecord,
): Promise<readonly TrackedArtifact[]> {
  if (state.state !== 'judged' || state.scanVerdict !== 'clean' || state.package === null) return [];
  if (state.package.size > MAX_LOOKED_INTO) return [];
  const bytes = await packageBytes(ports, state.package);
  try {
    return bytes === null ? [] : packageArtifacts(unpackTar(bytes));
  } catch (error) {
    // Its bytes are those that were judged; a report that can't show them is no reason to tell nothing.
    if (error instanceof TarError) return [];
    throw error;
  }
}

function text(path: string, contentType: string, content: string): TrackedArtifact {
  return { path, contentType, bytes: new TextEncoder().encode(content) };
}
