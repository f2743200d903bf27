import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '../../../../fakes/kubernetes/json.ts';
import type { Admin } from './admin.ts';

/** Has kwok serve a file as the log of a pod's command, by the kubelet's own reader. */
export function kwokLogs(admin: Admin, directory: string) {
  return async ({ metadata: { name, namespace }, spec }: Json, lines: Buffer): Promise<void> => {
    const logsFile = join(directory, `${name}.log`);
    await writeFile(logsFile, lines);
    const path = `/apis/kwok.x-k8s.io/v1alpha1/namespaces/${namespace}/logs`;
    const manifest = {
      apiVersion: 'kwok.x-k8s.io/v1alpha1',
      kind: 'Logs',
      metadata: { name, namespace },
      spec: { logs: [{ containers: [spec.containers[0].name], logsFile }] },
    };
    await admin.ask('POST', path, manifest, [409]);
  };
}
