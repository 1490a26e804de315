/** A sign-in that the account refuses, with Snowflake's own number and text. */
export class SignInRefused extends Error {
  override readonly name = "SignInRefused";
  /** Such as `390100`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export function invalidOauthToken(): SignInRefused {
  return new SignInRefused("390303", "Invalid OAuth access token.");
}

export function expiredOauthToken(): SignInRefused {
  return new SignInRefused("390318", "OAuth access token expired.");
}
