import { placeOf } from '../../core/data/sources/beside-data.ts';
import type { DataFile } from '../../flows/check-data/ports.ts';

/** A file of a folder, and what it is to the dataset there. @param path from that folder, with `/` */
export function placed(file: DataFile, path: string): DataFile {
  const place = placeOf(path);
  return place === 'data' ? file : { ...file, place };
}
