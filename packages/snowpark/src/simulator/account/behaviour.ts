/** What Snowflake changed between 2024 and 2026, one name for each change. */
export interface Behaviour {
  /** BCR-1611 (bundle 2024_04): USAGE on a service opens its endpoints; afterwards only a service role does. */
  readonly usageOnServiceOpensEndpoints: boolean;
  /** BCR-1656 (bundle 2024_06): DNS names are of `svc.spcs.internal`, not of `snowflakecomputing.internal`. */
  readonly hasHashedDnsNames: boolean;
  /** BCR-1972 and its followers: a person's password alone does not sign in any more. */
  readonly passwordNeedsSecondFactor: boolean;
  /** BCR-2206 (bundle 2026_01): a block volume that is deleted leaves a snapshot for seven days. */
  readonly snapshotsOnDelete: boolean;
  /** BCR-2449 (bundle 2026_08): a stage is mounted with `source: stage`, no longer with `source: "@stage"`. */
  readonly refusesStageMountV1: boolean;
}

export const behaviours: Readonly<Record<"2024" | "2026", Behaviour>> = {
  "2024": {
    usageOnServiceOpensEndpoints: true,
    hasHashedDnsNames: false,
    passwordNeedsSecondFactor: false,
    snapshotsOnDelete: false,
    refusesStageMountV1: false,
  },
  "2026": {
    usageOnServiceOpensEndpoints: false,
    hasHashedDnsNames: true,
    passwordNeedsSecondFactor: true,
    snapshotsOnDelete: true,
    refusesStageMountV1: true,
  },
};
