import type { Format } from './format.ts';
import { compressed } from './formats/compressed.ts';
import { distributedCheckpoint } from './formats/distributed-checkpoint.ts';
import { fingerprint } from './formats/fingerprint.ts';
import { gguf } from './formats/gguf.ts';
import { gif } from './formats/gif.ts';
import { hadoopChecksum } from './formats/hadoop-checksum.ts';
import { hdf5 } from './formats/hdf5.ts';
import { jpeg } from './formats/jpeg.ts';
import { kerasMetadata } from './formats/keras-metadata.ts';
import { modelConfig } from './formats/model-config.ts';
import { msgpack } from './formats/msgpack.ts';
import { npy } from './formats/npy.ts';
import { onnx } from './formats/onnx.ts';
import { opaque } from './formats/opaque.ts';
import { parquet } from './formats/parquet.ts';
import { pickle } from './formats/pickle.ts';
import { png } from './formats/png.ts';
import { safetensors } from './formats/safetensors.ts';
import { savedmodel } from './formats/savedmodel.ts';
import { sentencepiece } from './formats/sentencepiece.ts';
import { tar } from './formats/tar.ts';
import { tensorBundle } from './formats/tensor-bundle.ts';
import { tensorboard } from './formats/tensorboard.ts';
import { text } from './formats/text.ts';
import { tflite } from './formats/tflite.ts';
import { webp } from './formats/webp.ts';
import { xgboost } from './formats/xgboost.ts';
import { zip } from './formats/zip.ts';

/**
 * In the order in which they are tried. The ones with something to hide come first: a file that is a zip or a pickle to
 * any reader is judged as such, whatever else it looks like. HDF5 may begin in the middle of any other, and the first name in
 * a tar may be the begin of any other. Tar and safetensors ask themselves whether they are a pickle, too: the first name in
 * the one, and the length of the header of the other, may begin like one. Text is last.
 */
export const FORMATS: readonly Format[] = [
  distributedCheckpoint,
  zip,
  hdf5,
  tar,
  safetensors,
  pickle,
  npy,
  compressed,
  gguf,
  xgboost,
  tflite,
  parquet,
  hadoopChecksum,
  opaque,
  msgpack,
  png,
  jpeg,
  gif,
  webp,
  tensorBundle,
  tensorboard,
  savedmodel,
  kerasMetadata,
  fingerprint,
  sentencepiece,
  onnx,
  modelConfig,
  text,
];
