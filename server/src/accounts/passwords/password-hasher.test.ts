import { hash, parseOptions } from "@node-rs/argon2";
import * as bcryptLibrary from "@node-rs/bcrypt";
import { describe, expect, it } from "vitest";
import { defaultSettings } from "../../platform/testing/default-settings.ts";
import { createBcrypt } from "./bcrypt.ts";
import { createPasswordHasher } from "./password-hasher.ts";
import { passwordsSettings } from "./passwords.config.ts";

const createHasher = (changed: Partial<ReturnType<typeof defaultSettings<typeof passwordsSettings>>> = {}) =>
  createPasswordHasher({
    config: { ...defaultSettings(passwordsSettings), ...changed },
    busy: () => new Error("busy"),
  });
/** Less work than a setting may ask for: the tests are of the form, not of the strength. */
const quickBcrypt = { passwordHash: "bcrypt", bcryptRounds: 4 } as const;
const modes = [
  ["argon2id", {}],
  ["bcrypt", quickBcrypt],
] as const;

/** 90 bytes that differ at byte 80 only. */
const longPair = ["1", "2"].map((last) => `${"correct horse ".repeat(6).slice(0, 79)}${last}staple cell`);

describe.each(modes)("password hasher with %s", (_name, mode) => {
  const hasher = createHasher(mode);

  it("SEC-01: cuts nothing: passwords that differ at byte 80, or at the last of 256 characters, differ", async () => {
    const longest = ["1", "2"].map((last) => `${"x".repeat(255)}${last}`);
    for (const [right = "", wrong = ""] of [longPair, longest]) {
      const stored = await hasher.hash(right);
      expect(await hasher.verify(stored, right)).toBe(true);
      expect(await hasher.verify(stored, wrong)).toBe(false);
      expect(await hasher.verify(stored, right.slice(0, 72))).toBe(false);
    }
  });

  it("SEC-01: normalises nothing: a letter with its accent apart is another password", async () => {
    const stored = await hasher.hash("caf\u00e9 caf\u00e9");
    expect(await hasher.verify(stored, "caf\u00e9 caf\u00e9")).toBe(true);
    expect(await hasher.verify(stored, "cafe\u0301 cafe\u0301")).toBe(false);
  });

  it("SEC-01: takes any character: what stands after a NUL counts as well", async () => {
    const stored = await hasher.hash("before\u0000after 1");
    expect(await hasher.verify(stored, "before\u0000after 1")).toBe(true);
    expect(await hasher.verify(stored, "before\u0000after 2")).toBe(false);
  });

  it("salts afresh and refuses every password where no hash is stored, or none that it knows", async () => {
    expect(await hasher.hash("correct horse")).not.toBe(await hasher.hash("correct horse"));
    for (const nothing of [null, undefined, "", "correct horse", "$pbkdf2$1$abc$def", "$2b$12$short"]) {
      expect(await hasher.verify(nothing, "correct horse")).toBe(false);
    }
  });

  it("accepts a hash of either kind and wants the other kind replaced", async () => {
    for (const [name, other] of modes) {
      const stored = await createHasher(other).hash("correct horse");
      expect(await hasher.verify(stored, "correct horse")).toBe(true);
      expect(await hasher.verify(stored, "correct horsf")).toBe(false);
      expect(hasher.isOutdated(stored)).toBe(name !== (mode === quickBcrypt ? "bcrypt" : "argon2id"));
    }
  });
});

describe("argon2id", () => {
  it("SEC-02: is written with its parameters at the floor of OWASP", async () => {
    const stored = await createHasher().hash("correct horse");
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(createHasher().isOutdated(stored)).toBe(false);
  });

  it("SEC-02: finds hashes outdated that are weaker than new ones, and only those", async () => {
    const weak = await hash("correct horse", { memoryCost: 8192, timeCost: 2, parallelism: 1 });
    const hasher = createHasher();
    expect(hasher.isOutdated(weak)).toBe(true);
    expect(await hasher.verify(weak, "correct horse")).toBe(true);
    expect(createHasher({ argon2Passes: 3 }).isOutdated(await hasher.hash("correct horse"))).toBe(true);
    const strong = await createHasher({ argon2MemoryKib: 32_768 }).hash("correct horse");
    expect(parseOptions(strong).memoryCost).toBe(32_768);
    expect(hasher.isOutdated(strong)).toBe(false);
  });
});

describe("bcrypt", () => {
  it("SEC-02: is written as passlib writes bcrypt_sha256, and reads what passlib wrote", async () => {
    const hasher = createHasher(quickBcrypt);
    expect(await hasher.hash("correct horse")).toMatch(
      /^\$bcrypt-sha256\$v=2,t=2b,r=4\$[./0-9A-Za-z]{22}\$[./0-9A-Za-z]{31}$/,
    );
    // The first is the example of passlib's documentation; the second was made with passlib 1.7.4.
    const written = [
      ["password", "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2"],
      [
        `caf\u00e9 \u03a9 ${"x".repeat(80)}1`,
        "$bcrypt-sha256$v=2,t=2b,r=4$n79VH.0Q2TMWmt3Oqt9uku$Hw892KIcuoWjwt2JRjCvgcpV7SKgUoS",
      ],
    ] as const;
    for (const [password, stored] of written) {
      expect(await hasher.verify(stored, password)).toBe(true);
      expect(await hasher.verify(stored, `${password}.`)).toBe(false);
    }
  });

  it("SEC-02: counts fewer rounds as outdated, and more as good", async () => {
    const four = await createHasher(quickBcrypt).hash("correct horse");
    const five = createHasher({ ...quickBcrypt, bcryptRounds: 5 });
    expect(five.isOutdated(four)).toBe(true);
    expect(five.isOutdated(await five.hash("correct horse"))).toBe(false);
    expect(createHasher(quickBcrypt).isOutdated(await five.hash("correct horse"))).toBe(false);
  });

  it.each(["$2a$", "$2b$", "$2y$"])(
    "SEC-02: of another system is accepted as %s and to be replaced",
    async (prefix) => {
      // A vector of crypt_blowfish: bcrypt of "U*U".
      const stored = `${prefix}05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW`;
      for (const hasher of modes.map(([, mode]) => createHasher(mode))) {
        expect(await hasher.verify(stored, "U*U")).toBe(true);
        expect(await hasher.verify(stored, "U*V")).toBe(false);
        expect(hasher.isOutdated(stored)).toBe(true);
      }
    },
  );

  it("sees a password beyond 72 bytes as the other system did", async () => {
    // A vector of crypt_blowfish.
    const stored = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    const first72 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    expect(await createHasher().verify(stored, `${first72}chars after 72 are ignored`)).toBe(true);
    expect(await createHasher().verify(stored, first72.slice(0, 71))).toBe(false);
  });

  it("has a dummy that the library takes for a hash, so that it costs the work of one", () => {
    const { dummy, owns } = createBcrypt({ rounds: 11 });
    expect(owns(dummy)).toBe(true);
    const [, , , salt = "", digest = ""] = dummy.split("$");
    expect(bcryptLibrary.parseOptions(`$2b$11$${salt}${digest}`)).toMatchObject({ cost: 11 });
  });
});
