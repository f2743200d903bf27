import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { repeatedKeys } from '../../repeated-keys.ts';
import { NESTED_TOO_DEEPLY, tooDeepAt } from '../../yaml-depth.ts';
import { yamlTooHeavy } from '../../yaml-weight.ts';
import type { TemplateValue } from './template.ts';

/** An output, a metrics file or a plot: its path, or its path with settings of DVC's cache. */
const Named = z.union([z.string().min(1).max(1024), z.record(z.string(), z.unknown())]);
/** A key of `params.yaml`, or keys of another file; without keys all of it. */
const Params = z.union([z.string().min(1).max(1024), z.record(z.string(), z.array(z.string()).nullable())]);
const Vars = z.array(z.union([z.string().min(1).max(1024), z.record(z.string(), z.unknown())])).max(100);

/** As DVC 3 defines a stage (`dvc.schema`); what it does not know it refuses. */
export const Stage = z.strictObject({
  cmd: z.union([z.string().min(1).max(10_000), z.array(z.string().min(1).max(10_000)).min(1).max(100)]),
  wdir: z.string().max(1024).optional(),
  deps: z.array(z.string().min(1).max(1024)).max(1000).default([]),
  params: z.array(Params).max(1000).default([]),
  vars: Vars.default([]),
  outs: z.array(Named).max(1000).default([]),
  metrics: z.array(Named).max(1000).default([]),
  plots: z.array(Named).max(1000).default([]),
  frozen: z.boolean().default(false),
  always_changed: z.boolean().optional(),
  desc: z.string().optional(),
  meta: z.unknown().optional(),
});
export type Stage = z.infer<typeof Stage>;

const Document = z.looseObject({
  vars: Vars.default([]),
  stages: z.record(z.string(), z.unknown()).default({}),
});
export type StageDocument = z.infer<typeof Document>;

/** In UTF-16 code units. */
const MAX_TEXT = 1 << 20;

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/** A `dvc.yaml`. Never throws: the text comes from a pull request. */
export function readStages(text: string, file: string): Read<StageDocument> {
  const value = readYaml(text, file);
  if (!value.ok) return value;
  const parsed = Document.safeParse(value.value ?? {});
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  return { ok: false, message: `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is no dvc.yaml'}` };
}

/** YAML 1.2, or JSON, which is a part of it. Whole numbers are bigint: `1` and `1.0` are written otherwise. */
export function readYaml(text: string, file: string): Read<TemplateValue | undefined> {
  if (text.length > MAX_TEXT) return { ok: false, message: `${file} has more than ${MAX_TEXT} characters` };
  const heavy = yamlTooHeavy(text);
  if (heavy !== null) return { ok: false, message: `${file}: ${heavy}` };
  const lines = new LineCounter();
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, intAsBigInt: true, merge: false };
  const document = parseDocument(text, options);
  const deep = tooDeepAt(document);
  const [error] = document.errors;
  const [repeated] = deep === null ? repeatedKeys(document) : [];
  if (deep !== null || error !== undefined || repeated !== undefined) {
    const { line, col } = lines.linePos(deep ?? error?.pos[0] ?? repeated ?? 0);
    const what = deep === null ? (error?.message.slice(0, 300) ?? 'this key stands here twice') : NESTED_TOO_DEEPLY;
    return { ok: false, message: `${file}:${line}:${col}: ${what}` };
  }
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 50 }) as TemplateValue | undefined };
  } catch (cause) {
    return { ok: false, message: `${file}: ${cause instanceof Error ? cause.message.slice(0, 300) : 'unreadable'}` };
  }
}
