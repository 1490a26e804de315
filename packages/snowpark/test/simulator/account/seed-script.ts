/**
 * The statements of the Milvus guide "Milvus on Snowpark Container Services", as written, in its order. The two
 * specifications that it uploads are those of the repository that it names, shortened.
 */
export const seedSetup: readonly string[] = [
  "USE ROLE ACCOUNTADMIN",
  `CREATE SECURITY INTEGRATION SNOWSERVICES_INGRESS_OAUTH
  TYPE=oauth
  OAUTH_CLIENT=snowservices_ingress
  ENABLED=true`,
  "USE ROLE ACCOUNTADMIN",
  "GRANT BIND SERVICE ENDPOINT ON ACCOUNT TO ROLE SYSADMIN",
  "USE ROLE SECURITYADMIN",
  "CREATE ROLE MILVUS_ROLE",
  "USE ROLE USERADMIN",
  `CREATE USER milvus_user
  PASSWORD='milvususerok'
  DEFAULT_ROLE = MILVUS_ROLE
  DEFAULT_SECONDARY_ROLES = ('ALL')
  MUST_CHANGE_PASSWORD = FALSE`,
  "USE ROLE SECURITYADMIN",
  "GRANT ROLE MILVUS_ROLE TO USER milvus_user",
  "USE ROLE SYSADMIN",
  `CREATE OR REPLACE WAREHOUSE MILVUS_WAREHOUSE WITH
    WAREHOUSE_SIZE='X-SMALL'
    AUTO_SUSPEND = 180
    AUTO_RESUME = true
    INITIALLY_SUSPENDED=false`,
  "USE ROLE SYSADMIN",
  "CREATE DATABASE IF NOT EXISTS MILVUS_DEMO",
  "USE DATABASE MILVUS_DEMO",
  "CREATE IMAGE REPOSITORY MILVUS_DEMO.PUBLIC.MILVUS_REPO",
  "CREATE OR REPLACE STAGE YAML_STAGE",
  "CREATE OR REPLACE STAGE DATA ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')",
  "CREATE OR REPLACE STAGE FILES ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')",
  "USE ROLE SECURITYADMIN",
  "GRANT ALL PRIVILEGES ON DATABASE MILVUS_DEMO TO MILVUS_ROLE",
  "GRANT ALL PRIVILEGES ON SCHEMA MILVUS_DEMO.PUBLIC TO MILVUS_ROLE",
  "GRANT ALL PRIVILEGES ON WAREHOUSE MILVUS_WAREHOUSE TO MILVUS_ROLE",
  "GRANT ALL PRIVILEGES ON STAGE MILVUS_DEMO.PUBLIC.FILES TO MILVUS_ROLE",
  "USE ROLE ACCOUNTADMIN",
  "USE DATABASE MILVUS_DEMO",
  "USE SCHEMA PUBLIC",
  `CREATE NETWORK RULE allow_all_rule
    TYPE = 'HOST_PORT'
    MODE= 'EGRESS'
    VALUE_LIST = ('0.0.0.0:443','0.0.0.0:80')`,
  `CREATE EXTERNAL ACCESS INTEGRATION allow_all_eai
    ALLOWED_NETWORK_RULES=(allow_all_rule)
    ENABLED=TRUE`,
  "GRANT USAGE ON INTEGRATION allow_all_eai TO ROLE SYSADMIN",
];

export const seedPools: readonly string[] = ["MILVUS", "JUPYTER"].flatMap((name) => [
  "USE ROLE SYSADMIN",
  `CREATE COMPUTE POOL IF NOT EXISTS ${name}_COMPUTE_POOL
  MIN_NODES = 1
  MAX_NODES = 1
  INSTANCE_FAMILY = CPU_X64_S
  AUTO_RESUME = true`,
  `DESCRIBE COMPUTE POOL ${name}_COMPUTE_POOL`,
]);

export const seedServices: readonly string[] = [
  "USE ROLE SYSADMIN",
  "USE DATABASE MILVUS_DEMO",
  "USE SCHEMA PUBLIC",
  ...["MILVUS", "JUPYTER"].map(
    (name) => `CREATE SERVICE ${name}
  IN COMPUTE POOL ${name}_COMPUTE_POOL 
  FROM @YAML_STAGE
  SPEC='${name.toLowerCase()}.yaml'
  MIN_INSTANCES=1
  MAX_INSTANCES=1`,
  ),
];

export const seedUse: readonly string[] = [
  "SHOW SERVICES",
  "CALL SYSTEM$GET_SERVICE_STATUS('milvus')",
  "CALL SYSTEM$GET_SERVICE_LOGS('milvus', '0', 'milvus', 10)",
  "USE ROLE SECURITYADMIN",
  "GRANT USAGE ON SERVICE MILVUS_DEMO.PUBLIC.JUPYTER TO ROLE MILVUS_ROLE",
  "USE ROLE SYSADMIN",
  "SHOW ENDPOINTS IN SERVICE MILVUS_DEMO.PUBLIC.JUPYTER",
];

export const seedCleanUp: readonly string[] = [
  "USE ROLE ACCOUNTADMIN",
  "DROP USER milvus_user",
  "USE ROLE SYSADMIN",
  "DROP SERVICE MILVUS",
  "DROP SERVICE JUPYTER",
];

/** After the services are gone. */
export const seedCleanUpRest: readonly string[] = [
  "DROP COMPUTE POOL MILVUS_COMPUTE_POOL",
  "DROP COMPUTE POOL JUPYTER_COMPUTE_POOL",
  "DROP IMAGE REPOSITORY MILVUS_DEMO.PUBLIC.MILVUS_REPO",
  "DROP DATABASE MILVUS_DEMO",
  "DROP WAREHOUSE MILVUS_WAREHOUSE",
  "USE ROLE ACCOUNTADMIN",
  "DROP ROLE MILVUS_ROLE",
  "DROP SECURITY INTEGRATION SNOWSERVICES_INGRESS_OAUTH",
];

export const seedSpecifications: Readonly<Record<string, string>> = {
  "milvus.yaml": `
spec:
  containers:
  - name: milvus
    image: /milvus_demo/public/milvus_repo/milvus
    env:
      ETCD_USE_EMBED: true
      COMMON_STORAGETYPE: "local"
    command: ["/milvus/bin/milvus", "run", "standalone"]
  endpoints:
  - name: milvus
    port: 19530
    public: true
  - name: health
    port: 9091
    public: true
  - name: etcd
    port: 2379
    public: true
`,
  "jupyter.yaml": `
spec:
  containers:
  - name: jupyter
    image: /milvus_demo/public/milvus_repo/jupyter
    volumeMounts:
    - name: workspace-files
      mountPath: /workspace/files
    env:
      SNOW_PASSWORD: milvususerok
  endpoints:
  - name: jupyter
    port: 8888
    public: true
  volumes:
  - name: workspace-files
    source: "@files"
    uid: 1000
    gid: 1000
`,
};
