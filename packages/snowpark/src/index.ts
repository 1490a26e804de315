export { explain } from "./base/known-errors.ts";
export { redact } from "./base/redact.ts";
export {
  SnowparkError,
  type SnowparkErrorCode,
  type SnowparkErrorDetails,
} from "./base/snowpark-error.ts";
export {
  type ChosenConnection,
  type ConnectionChoice,
  chooseConnection,
} from "./config/choose-connection.ts";
export type { ConnectionSettings } from "./config/connection-settings.ts";
export { describeConnection } from "./config/connection-settings.ts";
export {
  type Connections,
  type ConnectionsSearch,
  readConnections,
} from "./config/connections.ts";
export { readSnowparkConfig } from "./config/read-snowpark-config.ts";
export {
  defaultConfig,
  type EngineChoice,
  type ExistingObject,
  type ObjectNames,
  type SnowparkConfig,
} from "./config/snowpark-config.ts";
export { writeSnowparkConfig } from "./config/write-snowpark-config.ts";
export type { ContainerEngine, ProgramRunner } from "./images/container-engine.ts";
export type { BuildOptions, ImageDefinition } from "./images/image-definition.ts";
export { milvusImage } from "./images/milvus-image.ts";
export { notebookImage } from "./images/notebook-image.ts";
export { type ServerImageOptions, serverImage } from "./images/server-image.ts";
export type { ImageSource } from "./oci/image.ts";
export { writeOciArchive, writeOciLayout } from "./oci/oci-layout.ts";
export {
  BuiltImages,
  type BuiltImagesOptions,
  type PushedBuild,
} from "./operations/built-images.ts";
export { type CarryOutOptions, carryOut } from "./operations/carry-out.ts";
export { checkRegistryLogin } from "./operations/check-registry-login.ts";
export { type DoctorCheck, type DoctorTools, examine } from "./operations/doctor.ts";
export { type Door, type EndpointAddress, endpointAddress } from "./operations/endpoint-address.ts";
export { type FailureReport, failureReport, failureText } from "./operations/failure-report.ts";
export { followLogs } from "./operations/follow-logs.ts";
export {
  consumptionTable,
  consumptionTableDate,
  costOfNodes,
  costText,
  type HourlyCost,
  hourlyCost,
  pricedFamilies,
} from "./operations/hourly-cost.ts";
export { type ImageFacts, inspectImage, type LayerFacts } from "./operations/inspect-image.ts";
export type { Clock, OperationContext, OperationProgress } from "./operations/operation-context.ts";
export { pause, resume } from "./operations/pause.ts";
export { type ProxyOptions, type RunningProxy, startProxy } from "./operations/proxy.ts";
export { repositoryUrl } from "./operations/repository-url.ts";
export { type LogLine, type LogOptions, readLogs } from "./operations/service-logs.ts";
export { type BackupReport, backup, listSnapshots, restore } from "./operations/snapshots.ts";
export {
  type ContainerStatus,
  type DeploymentStatus,
  type EndpointStatus,
  type PoolStatus,
  readStatus,
  type ServiceStatus,
} from "./operations/status.ts";
export {
  type DatabaseDoor,
  type VerifyOptions,
  type VerifyReport,
  verify,
} from "./operations/verify.ts";
export type { ApplyReport, NodeOutcome } from "./plan/apply-plan.ts";
export {
  type DownOptions,
  isEmpty,
  type Plan,
  type PlanNode,
  type PlannedAction,
  planDown,
  planUp,
} from "./plan/plan.ts";
export { planAsSql } from "./plan/plan-as-sql.ts";
export { type PlanContext, planContext } from "./plan/plan-context.ts";
export { type PlanReport, planReport, planText } from "./plan/plan-report.ts";
export type { ImageStore } from "./plan/run-step.ts";
export type { Deployment as PlannedDeployment } from "./resources/deployment.ts";
export type { DeploymentImage, RepositoryPlace } from "./resources/resource.ts";
export type { DataSnapshot } from "./resources/snapshot.ts";
export { resultTable } from "./script/result-table.ts";
export {
  runScript,
  type ScriptEvent,
  type ScriptOptions,
  type ScriptOutcome,
  type ScriptPlace,
} from "./script/run-script.ts";
export { connect, type SessionClient } from "./session/connect.ts";
export { openInBrowser } from "./session/open-in-browser.ts";
export type { SessionDependencies } from "./session/session-dependencies.ts";
export type {
  ExecuteOptions,
  RegistryLogin,
  SnowSession,
  SqlBind,
  SqlResult,
  SqlRow,
} from "./session/snow-session.ts";
export { SimulatedAccount } from "./simulator/account/simulated-account.ts";
export type { SimulatedAccountOptions } from "./simulator/account/surroundings.ts";
export { type AccountSessionOptions, accountSession } from "./simulator/account-session.ts";
export { simulatorInBackground, stopSimulatorInBackground } from "./simulator/background.ts";
export { loopbackFetch } from "./simulator/loopback-fetch.ts";
export { startSimulator } from "./simulator/simulator.ts";
export { connectionSection, simulatorConnection } from "./simulator/simulator-connection.ts";
export type {
  Simulator,
  SimulatorMachine,
  SimulatorOptions,
} from "./simulator/simulator-options.ts";
