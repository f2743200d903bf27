import type { StandIn } from '../stand-in.ts';
import { checkout } from './checkout.ts';
import { downloadArtifact } from './download-artifact.ts';
import { setupNode } from './setup-node.ts';
import { setupPython } from './setup-python.ts';
import { uploadArtifact } from './upload-artifact.ts';

const STAND_INS: readonly StandIn[] = [checkout, downloadArtifact, setupNode, setupPython, uploadArtifact];

/** @param name `owner/repository[/path]` of a `uses`, without its version. */
export function findStandIn(name: string): StandIn | undefined {
  return STAND_INS.find((standIn) => standIn.name === name.toLowerCase());
}

export function standInNames(): string[] {
  return STAND_INS.map((standIn) => standIn.name);
}
