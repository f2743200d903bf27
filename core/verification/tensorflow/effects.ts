/** What an operator does that no model needs to compute. */
export type Effect = 'reads' | 'writes' | 'executes' | 'connects';

function named(effect: Effect, names: string): readonly (readonly [string, Effect])[] {
  return names.split(/\s+/).map((name) => [name, effect] as const);
}

/** Operators of TensorFlow 2.21 that reach beyond the tensors they are given. */
export const EFFECTS: ReadonlyMap<string, Effect> = new Map([
  ...named(
    'reads',
    `ReadFile MatchingFiles MatchingFilesDataset ExperimentalMatchingFilesDataset TFRecordDataset TFRecordDatasetV2
     TFRecordReader TFRecordReaderV2 TextLineDataset TextLineReader TextLineReaderV2 FixedLengthRecordDataset
     FixedLengthRecordDatasetV2 FixedLengthRecordReader FixedLengthRecordReaderV2 WholeFileReader WholeFileReaderV2
     LMDBDataset ExperimentalLMDBDataset LMDBReader SqlDataset ExperimentalSqlDataset CSVDataset CSVDatasetV2
     ExperimentalCSVDataset ImmutableConst LoadAndRemapMatrix GenerateVocabRemapping LoadDataset SnapshotDatasetReader
     SnapshotNestedDatasetReader SnapshotChunkDataset ListSnapshotChunksDataset RecordInput FixedUnigramCandidateSampler`,
  ),
  ...named(
    'writes',
    `WriteFile DistributedSave SaveDataset SaveDatasetV2 SnapshotDataset SnapshotDatasetV2 CacheDataset CacheDatasetV2
     DatasetToTFRecord ExperimentalDatasetToTFRecord CreateSummaryFileWriter CreateSummaryDbWriter WriteSummary
     WriteScalarSummary WriteHistogramSummary WriteImageSummary WriteAudioSummary WriteGraphSummary WriteRawProtoSummary
     DumpTensor DebugIdentity DebugIdentityV2 DebugIdentityV3 DebugNanCount DebugNumericSummary
     CalibrationStatisticsSaver`,
  ),
  ...named(
    'executes',
    `PyFunc PyFuncStateless EagerPyFunc DatasetFromGraph DeserializeIterator MlirPassthroughOp XlaCallModule XlaCustomCall
     XlaCustomCallV2 RemoteFusedGraphExecute TPUExecute TPUCompile TRTEngineOp IfrtCall`,
  ),
  ...named(
    'connects',
    `RemoteCall RpcClient RpcCall RpcServer RpcServerStart RpcServerRegister DataServiceDataset DataServiceDatasetV2
     DataServiceDatasetV3 DataServiceDatasetV4 RegisterDataset RegisterDatasetV2 FileSystemSetConfiguration`,
  ),
]);

/** Operators with which a checkpoint is saved or restored: every model has them, for whoever saves and restores it. */
export const SAVING: ReadonlySet<string> = new Set(['Save', 'SaveSlices', 'SaveV2', 'MergeV2Checkpoints']);
export const RESTORING: ReadonlySet<string> = new Set(['Restore', 'RestoreSlice', 'RestoreV2']);

/** Fills a table from lines of a file, which must be an asset of the model. */
export const FROM_FILE: ReadonlySet<string> = new Set(['InitializeTableFromTextFile', 'InitializeTableFromTextFileV2']);

export const SAID: Readonly<Record<Effect, string>> = {
  reads: 'reads files',
  writes: 'writes files',
  executes: 'executes Python or another program',
  connects: 'opens connections',
};
