/** A decoded picture: rows from the top, 3 bytes a pixel (red, green, blue), EXIF orientation applied. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** `width * height * 3` bytes. */
  readonly data: Uint8Array;
}
