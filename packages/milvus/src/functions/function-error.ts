/** A call that can't be carried out as it is. Snowflake does not repeat it, and shows the text to who ran the query. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
}
