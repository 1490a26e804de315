import { BrainError, messageOf } from "../base/brain-error.ts";
import { readFileText } from "../media/file-content.ts";
import { loadOptionalPeer } from "./optional-peer.ts";

/** The tokens of texts, all of one length. */
export interface TokenTensor {
  readonly tokens: BigInt64Array;
  /** 1 for a token, 0 for what only fills up. */
  readonly mask: BigInt64Array;
  readonly dims: readonly [count: number, length: number];
}

export type Tokenize = (texts: readonly string[]) => TokenTensor;

/** The part of `@huggingface/tokenizers` that is used. */
interface TokenizersPackage {
  readonly Tokenizer: new (
    tokenizer: object,
    config: object,
  ) => { encode(text: string): { readonly ids: readonly number[] } };
}

/**
 * A function that turns texts into tokens as a `tokenizer.json` says. Each text gets exactly
 * `contextLength` tokens: a longer one loses what is before its last token, which marks the end.
 */
export async function loadTokenizer(path: string, contextLength: number): Promise<Tokenize> {
  // The package's own types say the same.
  const { Tokenizer } = loadOptionalPeer(
    "@huggingface/tokenizers",
    `the tokenizer "${path}"`,
  ) as TokenizersPackage;
  const text = await readFileText(path);
  try {
    const definition: unknown = JSON.parse(text);
    if (typeof definition !== "object" || definition === null) throw new Error("no object");
    const tokenizer = new Tokenizer(definition, tokenizerConfig(definition));
    const padding = paddingToken(definition);
    return (texts) =>
      tokensOf(
        texts.map((each) => tokenizer.encode(each).ids),
        contextLength,
        padding,
      );
  } catch (cause) {
    throw new BrainError(
      "model-failed",
      `Cannot read the tokenizer "${path}": ${messageOf(cause)}`,
      { details: { path }, cause },
    );
  }
}

function tokensOf(
  lists: readonly (readonly number[])[],
  length: number,
  padding: number,
): TokenTensor {
  const tokens = new BigInt64Array(lists.length * length).fill(BigInt(padding));
  const mask = new BigInt64Array(lists.length * length);
  for (const [row, list] of lists.entries()) {
    const kept = list.length <= length ? list : [...list.slice(0, length - 1), ...list.slice(-1)];
    for (const [i, token] of kept.entries()) {
      tokens[row * length + i] = BigInt(token);
      mask[row * length + i] = 1n;
    }
  }
  return { tokens, mask, dims: [lists.length, length] };
}

/** The package looks for the token of unknown words beside the tokenizer, where not all files are. */
function tokenizerConfig(definition: object): object {
  const model = "model" in definition ? definition.model : undefined;
  if (typeof model !== "object" || model === null || !("unk_token" in model)) return {};
  return typeof model.unk_token === "string" ? { unk_token: model.unk_token } : {};
}

function paddingToken(definition: object): number {
  const padding = "padding" in definition ? definition.padding : undefined;
  if (typeof padding !== "object" || padding === null || !("pad_id" in padding)) return 0;
  return typeof padding.pad_id === "number" ? padding.pad_id : 0;
}
