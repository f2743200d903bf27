import { z } from 'zod';

/** Run as given, through `bash -e -o pipefail`, in the training or evaluation sandbox only. One line. */
export const Command = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\r\n\0]+$/, 'one line');
