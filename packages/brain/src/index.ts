import { enableSortBySimilarity } from "./similarity/sort-by-similarity.ts";

export type { AnalysisOptions, RunOptions, VectorInput } from "./analysis/analysis-options.ts";
export type { Cluster, Clusters } from "./analysis/clusters.ts";
export { type ClustersOptions, computeClusters } from "./analysis/compute-clusters.ts";
export {
  computeExactDuplicates,
  type ExactDuplicates,
  type ExactDuplicatesOptions,
  type FileFailure,
} from "./analysis/compute-exact-duplicates.ts";
export { computeLeakySplits, type LeakySplitsOptions } from "./analysis/compute-leaky-splits.ts";
export {
  computeNearDuplicates,
  type NearDuplicatesOptions,
} from "./analysis/compute-near-duplicates.ts";
export {
  computeOutliers,
  type Outliers,
  type OutliersOptions,
} from "./analysis/compute-outliers.ts";
export {
  computeRepresentativeness,
  type RepresentativenessOptions,
} from "./analysis/compute-representativeness.ts";
export { computeUniqueness, type UniquenessOptions } from "./analysis/compute-uniqueness.ts";
export {
  computeVisualization,
  type VisualizationOptions,
} from "./analysis/compute-visualization.ts";
export type { Leak } from "./analysis/find-leaks.ts";
export type { LeakySplits } from "./analysis/leaky-splits.ts";
export {
  type BrainResults,
  type LoadResultsOptions,
  loadBrainResults,
} from "./analysis/load-brain-results.ts";
export type {
  DuplicateCriterion,
  DuplicatesViewOptions,
  Near,
  NearDuplicates,
} from "./analysis/near-duplicates.ts";
export type { Splits } from "./analysis/split-membership.ts";
export type { Visualization } from "./analysis/visualization.ts";
export {
  BrainError,
  type BrainErrorCode,
  type BrainErrorDetails,
  isBrainError,
} from "./base/brain-error.ts";
export type { Environment } from "./base/environment.ts";
export { isObjectId, newObjectId } from "./base/object-id.ts";
export type { LongOperationOptions, Progress, ProgressListener } from "./base/progress.ts";
export type { AddSamplesOptions } from "./dataset/add-samples.ts";
export type {
  ComputeMetadataOptions,
  ComputeMetadataResult,
  MetadataFailure,
} from "./dataset/compute-metadata.ts";
export { Dataset, type EditableProperties, type SampleSelection } from "./dataset/dataset.ts";
export type { DatasetChange, DatasetListener } from "./dataset/dataset-change.ts";
export type { LabelSelection } from "./dataset/delete-labels.ts";
export {
  type CreateDatasetOptions,
  createDataset,
  datasetExists,
  deleteDataset,
  listDatasets,
  loadDataset,
  type RegistryOptions,
  renameDataset,
} from "./dataset/registry.ts";
export {
  type DatasetSummary,
  type FieldSummary,
  summarizeDataset,
} from "./dataset/summarize-dataset.ts";
export type { SampleUpdate } from "./dataset/update-samples.ts";
export {
  type ComputeEmbeddingsOptions,
  computeEmbeddings,
  type Embeddings,
  type ModelChoice,
} from "./embedding/compute-embeddings.ts";
export type { ColumnType, FormatName, LabelFields } from "./formats/dataset-format.ts";
export { type ExportOptions, type ExportReport, exportSamples } from "./formats/export-samples.ts";
export { listFormats } from "./formats/format-table.ts";
export type { ImportProblem } from "./formats/import-log.ts";
export {
  type ImportDatasetOptions,
  type ImportOptions,
  type ImportReport,
  importDataset,
  importSamples,
} from "./formats/import-samples.ts";
export type { MediaMode } from "./formats/media-export.ts";
export { readImageMetadata } from "./media/image-size.ts";
export type { EmbeddingModel, Modalities } from "./models/embedding-model.ts";
export { loadModel } from "./models/load-model.ts";
export {
  type BuiltinModelSpec,
  defaultModel,
  type HttpModelSpec,
  type ModelSpec,
  namedModels,
  type OnnxModelSpec,
  type OpenAiModelSpec,
  type PrecomputedModelSpec,
  type TransformersModelSpec,
} from "./models/model-spec.ts";
export type { RunFilter } from "./runs/list-runs.ts";
export type { RunConfig, RunInfo, RunStatus, RunType } from "./runs/run-record.ts";
export type { FieldInfo, FieldType, FieldValue, ScalarType } from "./schema/field.ts";
export type {
  BoundingBox,
  Classification,
  Classifications,
  Detection,
  Detections,
  GeoLocation,
  Inner,
  JsonValue,
  Keypoint,
  Keypoints,
  Label,
  LabelList,
  LabelType,
  Mask,
  Point,
  Polyline,
  Polylines,
  Regression,
  Segmentation,
  SingleLabel,
} from "./schema/labels.ts";
export type { ImageMetadata, NewSample, Sample } from "./schema/sample.ts";
export {
  type DeleteBrainRunOptions,
  deleteBrainRun,
  deleteBrainRuns,
  getBrainInfo,
  hasBrainRun,
  type LoadOptions,
  listBrainRuns,
  loadBrainView,
  renameBrainRun,
} from "./similarity/brain-runs.ts";
export { computeSimilarity } from "./similarity/compute-similarity.ts";
export type { IndexHealth } from "./similarity/index-health.ts";
export type { SearchOptions, SimilarityMatch } from "./similarity/search-index.ts";
export type { SimilarityIndex } from "./similarity/similarity-index.ts";
export type { ComputeSimilarityOptions } from "./similarity/similarity-options.ts";
export type { SimilarityQuery } from "./similarity/similarity-query.ts";
export { sortBySimilarity } from "./similarity/sort-by-similarity.ts";
export type { Aggregation, Histogram, PathOrExpression } from "./view/aggregation.ts";
export { Expression, type ExpressionInput, F } from "./view/expression.ts";
export {
  type Group,
  SampleCollection,
  type SortBySimilarityOptions,
  type SortOrder,
  View,
  viewFromJSON,
} from "./view/sample-collection.ts";
export type { LabelCriteria, Stage, StageKind } from "./view/stage.ts";
export {
  listZooDatasets,
  loadZooDataset,
  type ZooDatasetInfo,
  type ZooDatasetName,
  type ZooOptions,
} from "./zoo/zoo-dataset.ts";

// Views stand below the indexes that their sortBySimilarity asks.
enableSortBySimilarity();
