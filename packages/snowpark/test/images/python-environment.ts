/** An interpreter of Python with packages, or why there is none. */
export type PythonEnvironment = { readonly interpreter: string } | { readonly missing: string };

/** What is used here of conformance/python-environment.mjs. */
interface Environments {
  pythonEnvironment(name: string, requirements: readonly string[]): PythonEnvironment;
}

/** A virtual environment with packages of PyPI, shared with the conformance tests; made on first use. */
export async function pythonEnvironment(
  name: string,
  requirements: readonly string[],
): Promise<PythonEnvironment> {
  const module = new URL("../../../../conformance/python-environment.mjs", import.meta.url).href;
  const environments: Environments = await import(module);
  return environments.pythonEnvironment(name, requirements);
}
