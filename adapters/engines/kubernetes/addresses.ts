import type { V1OwnerReference, V1Secret } from '@kubernetes/client-node';
import { z } from 'zod';
import { StageOutputs } from '../../../core/fingerprint/manifest.ts';
import { RunId, Sha256 } from '../../../core/names.ts';
import { TrainOrder } from '../../../core/training/request.ts';
import { PortError, type Submission } from '../../../flows/ports.ts';
import { ADDRESS_KEYS, LABEL, secretName } from './names.ts';

const Address = z.strictObject({
  method: z.enum(['GET', 'PUT']),
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), z.string()),
});
export type Address = z.infer<typeof Address>;

/** What the container that brings the inputs is told. */
export const InputsPlan = z.strictObject({
  run: RunId,
  order: TrainOrder,
  inputs: Address.extend({ sha256: Sha256 }),
  restore: Address.nullable(),
});
export type InputsPlan = z.infer<typeof InputsPlan>;

/** What the container that takes things away is told. */
export const CollectorPlan = z.strictObject({
  run: RunId,
  attempt: z.int().min(1),
  /** Seconds. */
  timeout: z.int().positive(),
  /** What has to be in the output; absent where no stage of dvc.yaml trains. */
  stage: StageOutputs.optional(),
  output: Address,
  status: Address,
  checkpoint: Address.nullable(),
  ingest: z.strictObject({ url: z.url({ protocol: /^https?$/ }), token: z.string().max(4096) }).nullable(),
});
export type CollectorPlan = z.infer<typeof CollectorPlan>;

/** The addresses of one execution, each shown to one container of ours; it goes with what owns it. @throws PortError `malformed` */
export function addressSecret(
  submission: Submission,
  namespace: string,
  ownerReferences: V1OwnerReference[],
): V1Secret & { stringData: Record<string, string> } {
  const { run, attempt, order, execution, store, ingest } = submission;
  if (store.inputs === null) {
    throw new PortError(
      'malformed',
      'kubernetes: expected an address for the inputs; name the team’s store in policy.store',
    );
  }
  const inputs = { run, order, inputs: store.inputs, restore: store.restore };
  const collector = {
    run,
    attempt,
    timeout: order.timeout,
    ...(order.stage === undefined ? {} : { stage: order.stage }),
    output: store.output,
    status: store.status,
    checkpoint: store.checkpoint,
    ingest,
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name: secretName(execution),
      namespace,
      labels: { [LABEL.managedBy]: 'trainyard', [LABEL.execution]: execution },
      ownerReferences,
    },
    stringData: {
      [ADDRESS_KEYS.inputs]: JSON.stringify(InputsPlan.parse(inputs)),
      [ADDRESS_KEYS.collector]: JSON.stringify(CollectorPlan.parse(collector)),
    },
  };
}
