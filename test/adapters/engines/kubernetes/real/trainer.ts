import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Json } from '../../../../fakes/kubernetes/json.ts';
import type { Admin } from './admin.ts';
import { until } from './until.ts';

export interface TrainerParts {
  readonly admin: Admin;
  /** Starts a program of the cluster's. */
  readonly run: (name: string, args: readonly string[], env: Readonly<Record<string, string>>) => void;
  /** Of the modules, which hold what is installed with them. */
  readonly sources: string;
  readonly at: (name: string) => string;
  /** For webhooks and health of each of the two. */
  readonly ports: readonly [number, number, number, number];
}

/** Kubeflow Trainer and JobSet as they are: their resources, their controllers, and their webhooks at loopback addresses. */
export async function startTrainer({ admin, run, sources, at, ports }: TrainerParts): Promise<() => Promise<boolean>> {
  const [trainerPort, trainerHealth, jobsetPort, jobsetHealth] = ports;
  await apply(admin, join(sources, 'jobset/config/components/crd/bases'));
  await apply(admin, join(sources, 'trainer/manifests/base/crds'));
  // The two ask what there is as they start, and only then.
  for (const [group, kinds] of [
    ['jobset.x-k8s.io/v1alpha2', 1],
    ['trainer.kubeflow.org/v1alpha1', 3],
  ] as const)
    await until(`the API knows of ${group}`, async () => {
      const { resources }: Json = await admin.ask('GET', `/apis/${group}`);
      return resources.filter(({ name }: Json) => !name.includes('/')).length === kinds;
    });
  // Where controller-runtime looks for certificates by itself: below the folder for temporary files.
  const certificates = at('k8s-webhook-server/serving-certs');
  await mkdir(certificates, { recursive: true });
  for (const kind of ['crt', 'key']) await symlink(at(`tls.${kind}`), join(certificates, `tls.${kind}`));
  const common = (port: number, health: number, metrics: Json) => ({
    webhook: { port, host: '127.0.0.1' },
    health: { healthProbeBindAddress: `127.0.0.1:${health}` },
    metrics: { bindAddress: '0', ...metrics },
    leaderElection: { leaderElect: false },
  });
  await write(at('trainer.yaml'), {
    apiVersion: 'config.trainer.kubeflow.org/v1alpha1',
    kind: 'Configuration',
    ...common(trainerPort, trainerHealth, { secureServing: false }),
    certManagement: { enable: false },
  });
  await write(at('jobset.yaml'), {
    apiVersion: 'config.jobset.x-k8s.io/v1alpha1',
    kind: 'Configuration',
    ...common(jobsetPort, jobsetHealth, {}),
    internalCertManagement: { enable: false },
  });
  for (const name of ['trainer', 'jobset']) {
    const args = [`--kubeconfig=${at('admin.kubeconfig')}`, `--config=${at(`${name}.yaml`)}`];
    run(name, args, { TMPDIR: at('.') });
  }
  const bundle = Buffer.from(await readFile(at('tls.crt'))).toString('base64');
  await webhooks(admin, join(sources, 'trainer/manifests/base/webhook/manifests.yaml'), trainerPort, bundle, 'trainer');
  await webhooks(admin, join(sources, 'jobset/config/components/webhook/manifests.yaml'), jobsetPort, bundle, 'jobset');
  return async () => {
    const answers = [trainerHealth, jobsetHealth].map((port) => fetch(`http://127.0.0.1:${port}/readyz`));
    return (await Promise.all(answers)).every(({ ok }) => ok);
  };
}

const write = (file: string, content: Json): Promise<void> => writeFile(file, JSON.stringify(content));

async function apply(admin: Admin, folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name === 'kustomization.yaml') continue;
    for (const document of parseAllDocuments(await readFile(join(folder, name), 'utf8')))
      await admin.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', document.toJSON());
  }
}

/** As they are installed, but for where they listen. */
async function webhooks(admin: Admin, file: string, port: number, caBundle: string, owner: string): Promise<void> {
  for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
    const manifest: Json = document.toJSON();
    manifest.metadata.name = `${owner}-${manifest.metadata.name}`;
    for (const webhook of manifest.webhooks)
      webhook.clientConfig = { url: `https://127.0.0.1:${port}${webhook.clientConfig.service.path}`, caBundle };
    const path = `/apis/admissionregistration.k8s.io/v1/${manifest.kind.toLowerCase()}s`;
    await admin.ask('POST', path, manifest);
  }
}
