import type { GitId, ModelName } from '../core/names.ts';
import { cleanLine } from '../core/reports/characters.ts';
import { codeSpan, escapeMarkdown, escapeProse } from '../core/reports/markdown.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { putCheck } from './put-check.ts';
import { takePolicySnapshot } from './snapshot.ts';

/** Keys of the notices that say what a merge did. */
export const MERGE_NOTICE = 'merge:';

/** The check on a merged commit that says what became of one model. */
export async function showPromotion(
  ports: Ports,
  promotion: { commit: GitId; model: ModelName; ok: boolean; title: string; message: string },
): Promise<null> {
  const output = {
    title: promotion.title,
    // It names commands to copy.
    summary: escapeProse(promotion.message, 4000),
    text: '',
    annotations: [],
  };
  await putCheck(
    ports,
    promotion.commit,
    `trainyard / promote: ${promotion.model}`,
    output,
    promotion.ok ? 'success' : 'failure',
  );
  const pull = await ports.pulls.mergedAs(promotion.commit);
  if (pull === null) return null;
  await ports.inFlight.putNotice({
    pullRequest: pull.number,
    key: `${MERGE_NOTICE}${promotion.model}`,
    at: pull.updatedAt,
    author: ports.self,
    command: 'merge',
    tone: promotion.ok ? 'ok' : 'refused',
    message: promotion.message,
  });
  return null;
}

/** What is told of a reconciliation: with more, the check itself would be too long. */
const CHANGES = 100;

/** The answer to something asked for from a terminal, where its caller looks for it. */
export async function showRequest(
  ports: Ports,
  request: { id: string; type: string; sender: string; outcome: Outcome },
): Promise<null> {
  const policy = await takePolicySnapshot(ports);
  const { outcome } = request;
  const ok =
    outcome.code === 'run_accepted' ||
    outcome.code === 'promoted' ||
    outcome.code === 'lifted' ||
    outcome.code === 'reconciled';
  const output = {
    title: `${request.type}: ${outcome.code.replaceAll('_', ' ')}`,
    summary: `${escapeMarkdown(outcome.message, 4000)}\n\nAsked for by ${codeSpan(request.sender)}.`,
    // One line each: who asked reads them back (cli/request.ts).
    text: (outcome.changes ?? [])
      .slice(0, CHANGES)
      .map((change) => `- ${escapeMarkdown(cleanLine(change), 500)}`)
      .join('\n'),
    annotations: [],
  };
  await putCheck(ports, policy.commit, `trainyard / request: ${request.type}`, output, ok ? 'success' : 'failure', {
    externalId: request.id,
  });
  return null;
}
