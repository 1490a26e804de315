import { fileURLToPath } from "node:url";

/** A file of this package that goes into an image: `images/…`, `notebooks/…`. */
export function packageFile(path: string): string {
  // The same place from `src/images` and from `dist/images`.
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
