import type { IngressRefusal, IngressTarget } from "../account/ingress.ts";

/** Who came through the ingress, with the role whose service roles count. */
export interface IngressUser {
  readonly user: string;
  readonly role: string;
}

/** What the ingress asks the account. */
export interface IngressAccount {
  /** Where a request to the endpoint of an address (`abcdef-myorg-myaccount`) goes, if its sender may. */
  enter(address: string, user: IngressUser): IngressTarget | IngressRefusal;
}
