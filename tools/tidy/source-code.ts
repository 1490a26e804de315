// Tells code from comments and strings, so that the checks do not stumble over words in either. It
// is no parser: it knows just enough of TypeScript to find where comments and strings end.

export interface Comment {
  readonly offset: number;
  readonly text: string;
}

export interface SourceCode {
  /** The text with comments blanked: offsets and lines stay. */
  readonly code: string;
  /** The text with comments and the contents of strings and regular expressions blanked. */
  readonly bare: string;
  readonly comments: readonly Comment[];
}

/** What each kind looks like, from its first character (a template: behind it) to its end. */
const endings = {
  comment: /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y,
  string: /'(?:\\[\s\S]|[^'\\\n])*'?|"(?:\\[\s\S]|[^"\\\n])*"?/y,
  template: /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{|$)/y,
  regex: /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y,
};

/** Where a `/` begins a regular expression and does not divide. */
const beforeRegex = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void))\s*$/;

export function readSource(text: string): SourceCode {
  const reader = new SourceReader(text);
  for (let offset = 0; offset < text.length; ) offset = reader.readAt(offset);
  return {
    code: reader.code.join(""),
    bare: reader.bare.join(""),
    comments: reader.comments,
  };
}

class SourceReader {
  readonly code: string[];
  readonly bare: string[];
  readonly comments: Comment[] = [];
  readonly #text: string;
  /** For each open `${`, how many braces are open in it. */
  readonly #depths: number[] = [];

  constructor(text: string) {
    this.#text = text;
    this.code = text.split("");
    this.bare = text.split("");
  }

  /** Reads what begins at `offset` and answers where it ends. */
  readAt(offset: number): number {
    switch (this.#text[offset]) {
      case "/":
        return this.#readSlash(offset);
      case '"':
      case "'":
        return this.#readString(offset);
      case "`":
        return this.#readTemplate(offset + 1);
      case "{":
        return this.#readBrace(offset, 1);
      case "}":
        return this.#readBrace(offset, -1);
      default:
        return offset + 1;
    }
  }

  #readSlash(offset: number): number {
    const commentEnd = this.#endOf("comment", offset);
    if (commentEnd !== undefined) {
      this.comments.push({ offset, text: this.#text.slice(offset, commentEnd) });
      blank(this.code, offset, commentEnd);
      blank(this.bare, offset, commentEnd);
      return commentEnd;
    }
    const before = this.bare.slice(Math.max(0, offset - 40), offset).join("");
    const regexEnd = beforeRegex.test(before) ? this.#endOf("regex", offset) : undefined;
    if (regexEnd !== undefined) blank(this.bare, offset + 1, regexEnd - 1);
    return regexEnd ?? offset + 1;
  }

  #readString(offset: number): number {
    const end = this.#endOf("string", offset) ?? offset + 1;
    blank(this.bare, offset + 1, end - 1);
    return end;
  }

  /** Reads a template from behind its "`" or "}" to its "`" or "${". */
  #readTemplate(offset: number): number {
    const end = this.#endOf("template", offset) ?? this.#text.length;
    if (this.#text.slice(offset, end).endsWith("${")) this.#depths.push(0);
    blank(this.bare, offset, end - 1);
    return end;
  }

  #readBrace(offset: number, change: 1 | -1): number {
    const depth = this.#depths.pop();
    if (depth === undefined) return offset + 1;
    if (change === -1 && depth === 0) return this.#readTemplate(offset + 1);
    this.#depths.push(depth + change);
    return offset + 1;
  }

  #endOf(kind: keyof typeof endings, offset: number): number | undefined {
    endings[kind].lastIndex = offset;
    return endings[kind].test(this.#text) ? endings[kind].lastIndex : undefined;
  }
}

function blank(chars: string[], from: number, to: number): void {
  for (let i = from; i < to; i++) if (chars[i] !== "\n") chars[i] = " ";
}
