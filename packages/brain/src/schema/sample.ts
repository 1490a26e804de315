import type { FieldValue } from "./field.ts";

/**
 * An image file's facts, as it is shown: its EXIF orientation is applied. `computeMetadata` finds all;
 * imports may know the size in pixels only.
 */
export interface ImageMetadata {
  readonly sizeBytes?: number;
  readonly mimeType?: string;
  readonly width: number;
  readonly height: number;
  readonly numChannels?: number;
}

/** An image of a dataset with all that is known of it: a plain object, a copy. */
export interface Sample {
  id: string;
  filepath: string;
  tags: string[];
  metadata?: ImageMetadata;
  createdAt: Date;
  lastModifiedAt: Date;
  [field: string]: FieldValue | ImageMetadata | undefined;
}

/** A sample to add. Fields that the dataset has not are added to it, by their values. */
export interface NewSample {
  readonly filepath: string;
  /** 24 hex digits; made when missing. */
  readonly id?: string;
  readonly tags?: readonly string[];
  readonly metadata?: ImageMetadata;
  readonly createdAt?: Date;
  readonly lastModifiedAt?: Date;
  readonly [field: string]: FieldValue | ImageMetadata | undefined;
}
