import { describe, expect, it } from "vitest";
import { hashPassword, isPasswordHash, verifyPassword } from "../../src/access/password-hash.ts";
import { cheapHash } from "./cheap-hash.ts";

describe("hashPassword()", () => {
  it("makes another hash of the same password each time, and both verify", async () => {
    const [one, two] = await Promise.all([hashPassword("red kite"), hashPassword("red kite")]);
    expect(one).not.toBe(two);
    expect(await verifyPassword("red kite", one)).toBe(true);
    expect(await verifyPassword("red kitf", two)).toBe(false);
  });

  it("keeps the parameters in the hash, so that later ones may be dearer", async () => {
    expect(await hashPassword("red kite")).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/);
  });
});

describe("verifyPassword()", () => {
  it("verifies hashes that were made with other parameters", async () => {
    expect(await verifyPassword("kites", cheapHash("kites"))).toBe(true);
    expect(await verifyPassword("Kites", cheapHash("kites"))).toBe(false);
  });

  it.each([
    ["a hash of bcrypt", "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"],
    [
      "parameters that would take gigabytes",
      `$scrypt$ln=30,r=8,p=1$${"A".repeat(22)}$${"A".repeat(43)}`,
    ],
    ["parameters of zero", `$scrypt$ln=14,r=0,p=1$${"A".repeat(22)}$${"A".repeat(43)}`],
    ["an empty text", ""],
  ])("does not take %s", async (_what, hash) => {
    expect(isPasswordHash(hash)).toBe(false);
    expect(await verifyPassword("kites", hash)).toBe(false);
  });
});
