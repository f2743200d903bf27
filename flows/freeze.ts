import { modelState } from '../core/ledger/fold.ts';
import type { ModelName } from '../core/names.ts';
import { auditTags, type Freeze } from '../core/promotion/audit.ts';
import { formatStageTag, formatVersionTag } from '../core/promotion/gto.ts';
import { keysOf } from '../core/records.ts';
import { codeSpan, escapeMarkdown, joinBlocks } from '../core/reports/markdown.ts';
import { appendEntry, instant, type Ledger, loadLedger } from './ledger.ts';
import { rememberHead, rewindOf } from './ledger-head.ts';
import type { Ports } from './ports.ts';
import type { PolicySnapshot } from './snapshot.ts';

const issueMarker = (model: ModelName): string => `<!-- trainyard:freeze:${model} -->`;

/** Holds a model's tags and deployments against its ledger (invariant 10). Empty: nothing speaks against promotion. */
export async function auditModel(
  ports: Pick<Ports, 'tags' | 'deployments'>,
  ledger: Ledger,
  model: ModelName,
  pending: ReadonlySet<string> = new Set(),
): Promise<Freeze[]> {
  const tags = await ports.tags.list(model);
  const found = auditTags({ model, ledger: ledger.state, tags, ledgerCommits: ledger.commits, pending });
  const known = new Set<string>(ledger.commits);
  for (const stage of modelState(ledger.state, model).stages.keys()) {
    for (const { id, payload } of await ports.deployments.list(stage)) {
      if (payload['model'] !== model || payload['ledger'] === undefined || known.has(payload['ledger'])) continue;
      const text = `deployment ${id} to ${stage} was made at ledger commit ${payload['ledger'].slice(0, 64)}, which the ledger no longer descends from`;
      found.push({ reason: 'ledger_rewound', tag: '', found: text });
    }
  }
  return found;
}

/** Minutes in which a promotion that broke off is taken up again. */
const MENDED_WITHIN = 60;

/**
 * Tags of entries so young that the promotion which wrote them may be about to be taken up again: their absence is our
 * own doing as likely as anybody's. One that somebody deletes is told of by a delivery, and found here after the hour.
 */
export function tagsBeingMade(ledger: Ledger, model: ModelName, now: Date): Set<string> {
  const young = ledger.entries.flatMap(({ entry }): string[] => {
    if (entry.kind !== 'version' && entry.kind !== 'stage') return [];
    if (entry.model !== model || now.getTime() - Date.parse(entry.at) > MENDED_WITHIN * 60_000) return [];
    return entry.kind === 'version'
      ? [formatVersionTag(model, entry.version)]
      : [formatStageTag(model, entry.stage, entry.counter)];
  });
  return new Set(young);
}

/** Enters the freeze in the ledger, once, and opens the issue that reports it. */
export async function freezeModel(
  ports: Omit<Ports, 'inFlight'>,
  policy: PolicySnapshot,
  model: ModelName,
  findings: readonly Freeze[],
): Promise<string> {
  const [first] = findings;
  const repository = (await ports.source.repository()).name;
  const ledger = await appendEntry(ports, policy, ({ state }) =>
    first === undefined || modelState(state, model).frozen !== null
      ? null
      : {
          kind: 'freeze',
          repository,
          at: instant(ports),
          by: ports.self,
          policyCommit: policy.commit,
          model,
          reason: first.reason,
          found: first.found,
        },
  );
  const frozen = modelState(ledger.state, model).frozen;
  if (frozen !== null)
    await reportFreeze(ports, model, findings.length === 0 ? [frozen.found] : findings.map(({ found }) => found), true);
  return frozen?.found ?? '';
}

/**
 * A ledger that was set back or deleted freezes every model: nobody can tell what else it said. What is left of it is
 * built upon from then on, once all of them are frozen.
 *
 * @returns what was found; null when the ledger descends from the newest entry seen
 */
export async function freezeRewound(ports: Ports, policy: PolicySnapshot): Promise<string | null> {
  const rewound = await rewindOf(ports);
  if (rewound === null) return null;
  // Without the memory of what was seen, what is left can be read and written to.
  const { inFlight, ...rest } = ports;
  let ledger = await loadLedger(rest, policy);
  for (const model of new Set([...keysOf(policy.config?.models ?? {}), ...ledger.state.models.keys()])) {
    await freezeModel(rest, policy, model, [{ reason: 'ledger_rewound', tag: '', found: rewound.slice(0, 500) }]);
    ledger = await loadLedger(rest, policy);
  }
  await rememberHead({ inFlight }, ledger.commits.at(-1) ?? null);
  return rewound;
}

export async function reportFreeze(
  ports: Pick<Ports, 'issues'>,
  model: ModelName,
  findings: readonly string[],
  open: boolean,
): Promise<void> {
  // There may be as many as somebody has pushed tags: past GitHub's limit the issue would not be made at all.
  const body = joinBlocks([
    `${issueMarker(model)}\nPromotion of ${codeSpan(model)} is ${open ? 'frozen' : 'no longer frozen'}.`,
    findings.map((found) => `- ${escapeMarkdown(found)}`).join('\n'),
    open
      ? 'Nothing of this model is promoted until a person has looked: mend what is listed above (delete a tag that nobody’s signed record stands behind, restore one that is gone), then run `trainyard reconcile --word "what happened"`.'
      : 'The records agree again, and a person has said why.',
  ]);
  await ports.issues.put({
    marker: issueMarker(model),
    title: `Trainyard: promotion of ${model} is frozen`,
    body,
    open,
  });
}

const LEDGER_MARKER = '<!-- trainyard:ledger -->';

/** Opens the issue that says why no record counts, or closes it when all can be trusted again. */
export async function reportTrust(ports: Pick<Ports, 'issues'>, problem: string | null): Promise<void> {
  const words =
    problem === null
      ? ['Every entry of the ledger is signed and chained again.']
      : [
          'Nothing is promoted, and no run counts as ready:',
          '',
          `- ${escapeMarkdown(problem)}`,
          '',
          'Somebody other than Trainyard has written to it. Look at its last commits, and move the ref back to the last one that Trainyard made; `trainyard verify` says when all is well.',
        ];
  await ports.issues.put({
    marker: LEDGER_MARKER,
    title: 'Trainyard: the ledger can’t be trusted, and all promotion is frozen',
    body: [LEDGER_MARKER, ...words].join('\n'),
    open: problem !== null,
  });
}

/** The reason why nothing of a model may be promoted now, or null. Freezes it when the records have come to disagree. */
export async function frozenBecause(
  ports: Ports,
  policy: PolicySnapshot,
  model: ModelName,
  pending?: ReadonlySet<string>,
): Promise<string | null> {
  const ledger = await loadLedger(ports, policy);
  const frozen = modelState(ledger.state, model).frozen;
  if (frozen !== null) return frozen.found;
  const findings = await auditModel(ports, ledger, model, pending);
  return findings.length === 0 ? null : freezeModel(ports, policy, model, findings);
}
