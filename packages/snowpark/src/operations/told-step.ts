import type { OperationContext } from "./operation-context.ts";

/** Does a part of an operation and tells how it goes. */
export async function toldStep(
  { progress }: OperationContext,
  title: string,
  work: (title: string) => Promise<void>,
): Promise<void> {
  progress?.({ step: title, state: "running" });
  try {
    await work(title);
  } catch (error) {
    progress?.({ step: title, state: "failed" });
    throw error;
  }
  progress?.({ step: title, state: "done" });
}
