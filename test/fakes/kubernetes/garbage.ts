import { ownedBy } from './job-controller.ts';
import type { Json } from './json.ts';
import type { Objects } from './objects.ts';

const KINDS = ['trainjobs', 'trainingruntimes', 'jobs', 'pods', 'secrets'] as const;

/** Takes away what belonged to what is gone; what is deleted in the foreground waits for what blocks it. */
export function collectGarbage(objects: Objects): void {
  const everything = KINDS.flatMap((kind) => objects.all(kind).map((object: Json) => ({ kind, object })));
  const uids = new Set(everything.map(({ object }) => object.metadata.uid));
  for (const { kind, object } of everything) {
    const { ownerReferences = [], deletionTimestamp, name } = object.metadata;
    const isOrphan = ownerReferences.length > 0 && ownerReferences.every(({ uid }: Json) => !uids.has(uid));
    if (isOrphan && deletionTimestamp === undefined) objects.remove(kind, name);
  }
  for (const { kind, object } of everything) {
    if (object.metadata.finalizers?.includes('foregroundDeletion') !== true) continue;
    const dependents = everything.filter(
      (one) => ownedBy(one.object, object) && objects.find(one.kind, one.object.metadata.name) !== null,
    );
    for (const one of dependents)
      if (one.object.metadata.deletionTimestamp === undefined)
        objects.remove(
          one.kind,
          one.object.metadata.name,
          one.kind === 'pods' ? {} : { propagationPolicy: 'Foreground' },
        );
    const blocks = dependents.some((one) =>
      one.object.metadata.ownerReferences.some(
        ({ uid, blockOwnerDeletion }: Json) => uid === object.metadata.uid && blockOwnerDeletion === true,
      ),
    );
    if (!blocks) objects.dropFinalizer(kind, object, 'foregroundDeletion');
  }
}
