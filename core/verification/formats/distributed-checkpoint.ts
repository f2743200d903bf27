import { beginsRow, rowsOf } from '../distributed/rows.ts';
import { type Format, type FormatVerdict, slice } from '../format.ts';

/**
 * A file of a checkpoint of `torch.distributed.checkpoint`: what `torch.save` writes for each value, one behind the other. By
 * its name, too: as an archive, such a file reads otherwise.
 */
export const distributedCheckpoint: Format = {
  name: 'distributed-checkpoint',
  rules: [],
  detect: (head, file) => beginsRow(head) && /(?:^|\/)__\d{1,9}_\d{1,9}\.distcp$/.test(file.path),
  scan: (file, context): FormatVerdict => {
    for (const [index, { start, end }] of rowsOf(file, context.tick).entries())
      context.inside(slice(file, `value ${index}`, start, end));
    return { format: 'PyTorch distributed checkpoint', verdict: 'clean', notes: [] };
  },
};
