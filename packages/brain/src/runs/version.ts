/** The release that stored records are marked with. */
export const version = "0.1.0";
