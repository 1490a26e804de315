// Values that nest without end would exhaust the stack of what walks through them: this does not nest.

/** Arrays and objects that may lie in each other, in a body and in a value that is answered. */
export const jsonDepthMax = 512;

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const openBrace = 0x7b;
const closeBracket = 0x5d;
const closeBrace = 0x7d;

/** Whether more than `depthMax` arrays and objects of a JSON text lie in each other. */
export function isDeeperThan(depthMax: number, text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === openBracket || code === openBrace) {
      depth++;
      if (depth > depthMax) return true;
    } else if (code === closeBracket || code === closeBrace) depth--;
    else if (code === quote) i = endOfString(text, i);
  }
  return false;
}

/** Where the closing quote of the string that begins at `start` is, or the end of the text. */
export function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== quote) {
    i += text.charCodeAt(i) === backslash ? 2 : 1;
  }
  return i;
}
