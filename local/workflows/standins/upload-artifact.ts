import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { callArtifactService } from '../artifacts/client.ts';
import { findFiles } from '../artifacts/files.ts';
import { writeZip } from '../artifacts/zip.ts';
import { linesOf, readBoolean, type StandIn, type StandInStep } from '../stand-in.ts';

/** Stands for actions/upload-artifact: the same calls to the artifact service, the archive made here. */
export const uploadArtifact: StandIn = {
  name: 'actions/upload-artifact',
  inputs: {
    name: 'artifact',
    path: '',
    'if-no-files-found': 'warn',
    'retention-days': '',
    'compression-level': '6',
    overwrite: 'false',
    'include-hidden-files': 'false',
    archive: 'true',
  },
  run,
};

async function run(step: StandInStep): Promise<void> {
  const name = step.inputs['name'] ?? 'artifact';
  if (readBoolean(step, 'archive') === false)
    throw new Error("the local GitHub's actions/upload-artifact has no `archive: false`");
  if (/[":<>|*?\r\n\\/]/.test(name) || name === '') throw new Error(`The artifact name is not valid: ${name}`);
  const files = findFiles(
    linesOf(step.inputs['path'] ?? ''),
    step.workspace,
    readBoolean(step, 'include-hidden-files'),
  );
  if (files.length === 0) {
    noFiles(step);
    return;
  }
  if (readBoolean(step, 'overwrite')) {
    await callArtifactService(step, 'DeleteArtifact', { name }, z.unknown()).catch(() => undefined); // there may be none
  }
  const archive = await writeZip(
    await Promise.all(
      files.map(async (file) => ({
        name: file.name,
        content: await readFile(file.path),
        mode: (await stat(file.path)).mode & 0o777,
      })),
    ),
    Number(step.inputs['compression-level'] ?? 6),
  );
  const id = await upload(step, name, archive);
  const digest = createHash('sha256').update(archive).digest('hex');
  step.log(
    `Artifact ${name} has been successfully uploaded! ${files.length} file(s), ${archive.length} bytes. Artifact ID is ${id}`,
  );
  step.output('artifact-id', id);
  step.output('artifact-digest', digest);
  step.output(
    'artifact-url',
    `${step.urls.server}/${step.github.repository}/actions/runs/${step.runId}/artifacts/${id}`,
  );
}

function noFiles(step: StandInStep): void {
  const message = `No files were found with the provided path: ${step.inputs['path']}. No artifacts will be uploaded.`;
  switch (step.inputs['if-no-files-found']) {
    case 'error':
      throw new Error(message);
    case 'ignore':
      step.log(message);
      return;
    default:
      step.log(`::warning::${message}`);
  }
}

const created = z.object({ ok: z.literal(true), signed_upload_url: z.string() });
const finalized = z.object({ ok: z.literal(true), artifact_id: z.string() });

async function upload(step: StandInStep, name: string, archive: Buffer): Promise<string> {
  const days = Number(step.inputs['retention-days'] || 0);
  const expires = days > 0 ? { expires_at: new Date(Date.now() + days * 86_400_000).toISOString() } : {};
  const target = await callArtifactService(step, 'CreateArtifact', { name, version: 7, ...expires }, created);
  const response = await fetch(target.signed_upload_url, {
    method: 'PUT',
    headers: { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/zip' },
    body: new Uint8Array(archive),
  });
  if (!response.ok)
    throw new Error(`The upload of the artifact was refused: ${response.status} ${await response.text()}`);
  const hash = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
  const request = { name, size: String(archive.length), hash };
  return (await callArtifactService(step, 'FinalizeArtifact', request, finalized)).artifact_id;
}
