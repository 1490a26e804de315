export type { TextEmbedder } from "../functions/service-functions.ts";
export { version } from "../version.ts";
export { ServerError, type ServerErrorCode } from "./server-error.ts";
export {
  type FunctionPort,
  type RunningServer,
  type ServerOptions,
  startServer,
} from "./start-server.ts";
export { checkTls, type TlsMaterial } from "./tls-material.ts";
