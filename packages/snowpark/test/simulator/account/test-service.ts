import type { SimulatedAccountOptions } from "../../../src/simulator/account/surroundings.ts";
import { TestAccount } from "./test-account.ts";

/** A service with three endpoints, a block volume and a service role. */
export const specification = (changes: object = {}, top: object = {}): string =>
  `$$${JSON.stringify({
    spec: {
      containers: [{ name: "main", image: "/db/public/repo/app:1", ...changes }],
      endpoints: [
        { name: "web", port: 8080, public: true },
        { name: "sf", port: 19531 },
        { name: "grpc", port: 19530, protocol: "TCP" },
      ],
      volumes: [{ name: "data", source: "block", size: "10Gi" }],
      ...top,
    },
    serviceRoles: [{ name: "visitor", endpoints: ["web"] }],
  })}$$`;

/** The statement that makes SVC. */
export const create = (spec: string = specification(), more = ""): string =>
  `CREATE SERVICE SVC IN COMPUTE POOL POOL FROM SPECIFICATION ${spec} ${more}`;

/** An account with the role OWNER, a pool, a repository and an image, in the database DB. */
export async function prepared(
  options: Partial<SimulatedAccountOptions> = {},
): Promise<TestAccount> {
  const test = new TestAccount(options);
  await test.runAll([
    "CREATE ROLE OWNER",
    "GRANT ROLE OWNER TO USER ADMIN",
    "GRANT CREATE DATABASE, CREATE WAREHOUSE, CREATE COMPUTE POOL, BIND SERVICE ENDPOINT ON ACCOUNT TO ROLE OWNER",
    "USE ROLE OWNER",
    "CREATE DATABASE DB",
    "CREATE IMAGE REPOSITORY REPO",
    "CREATE COMPUTE POOL POOL MIN_NODES=1 MAX_NODES=1 INSTANCE_FAMILY=CPU_X64_S AUTO_SUSPEND_SECS=600",
  ]);
  test.push(["db", "public", "repo"], "app", "sha256:one", "1");
  return test;
}
