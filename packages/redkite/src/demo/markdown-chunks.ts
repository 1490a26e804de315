// Cuts a Markdown document into passages that an embedding model can make sense of: one subject
// each, neither a word nor a chapter long, without the markup.
import { splitText } from "@redkite/brain/text";

/** A passage of a document. */
export interface MarkdownChunk {
  /** The headings that it stands under, outermost first, as in "Usage › Options". May be empty. */
  readonly heading: string;
  /** Plain text: no markup, white space collapsed. Never empty. */
  readonly text: string;
}

/** The longest passage, in characters: two or three sentences, what a sentence encoder is made for. */
const TEXT_LENGTH_MAX = 280;
/** A shorter passage joins its neighbour: "MIT" alone is near to everything that is short. */
const TEXT_LENGTH_MIN = 80;

interface Section {
  readonly heading: string;
  /** Paragraphs as plain text. */
  readonly blocks: string[];
}

/** The passages of a Markdown document, in order. */
export function chunkMarkdown(markdown: string): MarkdownChunk[] {
  const chunks: MarkdownChunk[] = [];
  for (const { heading, blocks } of readSections(markdown)) {
    for (const text of packBlocks(blocks)) {
      const joined = joinTiny(chunks.at(-1), { heading, text });
      if (joined !== undefined) chunks.pop();
      chunks.push(joined ?? { heading, text });
    }
  }
  return chunks;
}

/** Both passages as one, when one of them is tiny and they fit. */
function joinTiny(
  previous: MarkdownChunk | undefined,
  next: MarkdownChunk,
): MarkdownChunk | undefined {
  if (previous === undefined) return undefined;
  if (Math.min(previous.text.length, next.text.length) >= TEXT_LENGTH_MIN) return undefined;
  const title = next.heading.slice(next.heading.lastIndexOf("›") + 1).trim();
  const isNewSection = next.heading !== previous.heading && title !== "";
  const text = `${previous.text} ${isNewSection ? `${title}: ` : ""}${next.text}`;
  return text.length <= TEXT_LENGTH_MAX ? { heading: previous.heading, text } : undefined;
}

/** Joins neighbouring blocks up to the longest passage, and cuts what is longer. */
function packBlocks(blocks: readonly string[]): string[] {
  const packed: string[] = [];
  for (const block of blocks.flatMap((text) => splitText(text, TEXT_LENGTH_MAX))) {
    const last = packed.at(-1);
    if (last !== undefined && last.length + 1 + block.length <= TEXT_LENGTH_MAX) {
      packed[packed.length - 1] = `${last} ${block}`;
    } else {
      packed.push(block);
    }
  }
  return packed;
}

/** Reads the document line by line, with the headings above each as its path. */
function readSections(markdown: string): Section[] {
  const sections: Section[] = [{ heading: "", blocks: [] }];
  const path: string[] = [];
  let paragraph: string[] = [];

  const endParagraph = (): void => {
    const text = isContents(paragraph) ? "" : plainText(paragraph.join("\n"));
    if (text !== "") sections.at(-1)?.blocks.push(text);
    paragraph = [];
  };
  const startSection = (level: number, title: string): void => {
    endParagraph();
    path.length = Math.min(path.length, level - 1);
    path[level - 1] = plainText(title);
    const heading = path.filter((part) => part !== undefined && part !== "").join(" › ");
    sections.push({ heading, blocks: [] });
  };

  for (const line of proseLines(markdown)) {
    const atx = /^ {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$/.exec(line);
    const underline = /^ {0,3}(=+|-+)\s*$/.exec(line);
    if (atx !== null) {
      startSection(atx[1].length, atx[2] ?? "");
    } else if (underline !== null && paragraph.length === 1) {
      const [title] = paragraph.splice(0);
      startSection(underline[1].startsWith("=") ? 1 : 2, title);
    } else if (line.trim() === "") {
      endParagraph();
    } else {
      paragraph.push(line);
    }
  }
  endParagraph();
  return sections;
}

/** Whether a paragraph is a table of contents: every line of it links into the same document. */
function isContents(paragraph: readonly string[]): boolean {
  return paragraph.length > 0 && paragraph.every((line) => /\]\(#/.test(line));
}

/** The lines that are not comments and not code between fences: a blank line stands for those. */
function* proseLines(markdown: string): Generator<string> {
  let fence: string | undefined;
  for (const line of markdown.replace(/^\ufeff|<!--[\s\S]*?(?:-->|$)/g, "").split(/\r?\n/)) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) === true) fence = undefined;
      continue;
    }
    fence = mark;
    yield mark === undefined ? line : "";
  }
}

/** The words of a paragraph: links keep their text, images, tags and link targets go. */
function plainText(markdown: string): string {
  return collapse(
    markdown
      .replace(/!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])/g, "")
      .replace(/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
      .replace(/^\s*\[[^\]]+\]:\s.*$/gm, "")
      .replace(/<\/?[a-z][^<>]*>/gi, " ")
      .replace(/<(https?:[^<>\s]+)>/gi, "$1")
      .replace(/^\s*(?:[-*+]|\d+[.)])\s+/gm, "")
      .replace(/^\s*>\s?|\\$/gm, "")
      .replace(/^\s*[-*_|: ]{3,}$/gm, "")
      .replace(/\|/g, " ")
      .replace(/`+|(?<!\\)\*{1,3}|~~|(?<![\w])_{1,2}|_{1,2}(?![\w])/g, "")
      .replace(/\\([\\`*_{}[\]()#+.!|<>~-])/g, "$1")
      .replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_entity, name: string) => entities[name]),
  );
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  nbsp: " ",
  "#39": "'",
};

function collapse(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
