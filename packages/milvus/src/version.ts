/** The version of this package. A constant, so that bundlers need no file beside the code. */
export const version = "0.1.0";
