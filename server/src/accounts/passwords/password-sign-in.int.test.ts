import { hash } from "@node-rs/argon2";
import * as bcrypt from "@node-rs/bcrypt";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { newEmail } from "../testing/account-fixture.ts";
import { createAccountServer } from "../testing/account-server.ts";

const { database, drop } = await createTestDatabase();
const config = { registrationsPerAddress: 1000, signInFailuresPerAddress: 1000, bcryptRounds: 10 };
const argon2id = await createAccountServer(database, { config: { ...config, passwordHash: "argon2id" } });
const { masterKey, clock } = argon2id;
const inBcrypt = await createAccountServer(database, {
  config: { ...config, passwordHash: "bcrypt" },
  masterKey,
  clock,
});
afterAll(async () => {
  await argon2id.close();
  await inBcrypt.close();
  await drop();
});

type Server = typeof argon2id;
const modes = [
  ["argon2id", argon2id, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/],
  ["bcrypt", inBcrypt, /^\$bcrypt-sha256\$v=2,t=2b,r=10\$/],
] as const;

const register = (server: Server, password: string, email = newEmail()) =>
  server.call("POST", "/api/auth/register", { body: { email, password } });
const login = async (server: Server, email: string, password: string) =>
  (await server.call("POST", "/api/auth/login", { body: { email, password } })).status;
const storedHash = async (email: string) =>
  (
    await database.row(z.object({ password_hash: z.string() }), "select password_hash from users where email = $1", [
      email,
    ])
  )?.password_hash ?? "";
const storeHash = (email: string, passwordHash: string) =>
  database.execute("update users set password_hash = $2 where email = $1", [email, passwordHash]);

const nearly80Bytes = "seven moons over the harbour ".repeat(3).slice(0, 79);
const longest = "nine rivers under the bridge ".repeat(9).slice(0, 256);

describe.each(modes)("a password under %s", (_name, server, form) => {
  it.each([
    ["8 characters, the fewest", "zq7!kP2x"],
    ["256 characters, the most", longest],
    ["words and spaces", "  seven moons over the harbour  "],
    ["letters of any script", "пароль-из-семи-лун"],
    ["emoji", "🌙🌊🚣🏔️🌉 seven"],
    ["every kind of quote and bracket", `'"\\<>{}[]();--%$ moons`],
    ["control characters", "before\u0000after\u001b\u0007moons"],
  ])("SEC-01: may be %s", async (_what, password) => {
    const email = newEmail();
    expect((await register(server, password, email)).status).toBe(201);
    expect(await storedHash(email)).toMatch(form);
    expect(await login(server, email, password)).toBe(200);
    expect(await login(server, email, password.trim() === password ? `${password} ` : password.trim())).not.toBe(200);
  });

  it.each([
    ["7 characters", "zq7!kP2", "invalid_request"],
    ["257 characters", `${longest}x`, "invalid_request"],
    ["among the most common", "iloveyou123", "weak_password"],
    ["common with another case and an ending", "PassWord2024", "weak_password"],
    ["the name of this product", "llm-tuner", "weak_password"],
    ["the name of this product in another spelling", "LLMTuner!", "weak_password"],
    ["what this product does", "finetuning1", "weak_password"],
  ])("SEC-01: may not be %s", async (_what, password, code) => {
    const answer = await register(server, password);
    expect(answer.status).toBe(400);
    expect(ApiError.parse(answer.json).error).toMatchObject({ code, details: { places: [{ field: "password" }] } });
  });

  it("SEC-01: may not be made of the person's own address", async () => {
    const answer = await register(server, "grace.hopper1", "grace.hopper@example.org");
    expect(ApiError.parse(answer.json).error.code).toBe("weak_password");
  });

  it("SEC-01: counts whole: one that differs at byte 80 is another, and its first 72 bytes are none", async () => {
    const email = newEmail();
    await register(server, `${nearly80Bytes}1 and more`, email);
    expect(await login(server, email, `${nearly80Bytes}2 and more`)).toBe(401);
    expect(await login(server, email, nearly80Bytes.slice(0, 72))).toBe(401);
    expect(await login(server, email, `${nearly80Bytes}1 and more`)).toBe(200);
  });
});

describe("a stored hash", () => {
  const password = "seven moons over the harbour";

  it("SEC-02: below the floor is replaced when its person signs in, and only then", async () => {
    const email = newEmail();
    await register(argon2id, password, email);
    const weak = await hash(password, { memoryCost: 8192, timeCost: 2, parallelism: 1 });
    await storeHash(email, weak);
    expect(await login(argon2id, email, "wrong horse battery")).toBe(401);
    expect(await storedHash(email)).toBe(weak);
    expect(await login(argon2id, email, password)).toBe(200);
    const upgraded = await storedHash(email);
    expect(upgraded).toMatch(modes[0][2]);
    expect(await login(argon2id, email, password)).toBe(200);
    expect(await storedHash(email)).toBe(upgraded);
  });

  it.each(["2a", "2b", "2y"] as const)(
    "SEC-02: of bcrypt ($%s$) from another system is replaced at sign-in",
    async (version) => {
      for (const [, server, form] of modes) {
        const email = newEmail();
        await register(server, password, email);
        await storeHash(email, await bcrypt.hash(password, { cost: 10, version }));
        expect(await login(server, email, "wrong horse battery")).toBe(401);
        expect(await login(server, email, password)).toBe(200);
        expect(await storedHash(email)).toMatch(form);
        expect(await login(server, email, password)).toBe(200);
      }
    },
  );

  it("SEC-02: of another system that cut at 72 bytes counts whole from the first sign-in on", async () => {
    const email = newEmail();
    await register(argon2id, password, email);
    await storeHash(email, await bcrypt.hash(`${nearly80Bytes}1`, { cost: 10 }));
    expect(await login(argon2id, email, `${nearly80Bytes}1`)).toBe(200);
    expect(await login(argon2id, email, `${nearly80Bytes}2`)).toBe(401);
    expect(await login(argon2id, email, `${nearly80Bytes}1`)).toBe(200);
  });

  it("SEC-02: of the algorithm that was selected before is replaced by the one that is selected now", async () => {
    const email = newEmail();
    await register(inBcrypt, password, email);
    for (const [, server, form] of [...modes, modes[0]]) {
      expect(await login(server, email, password)).toBe(200);
      expect(await storedHash(email)).toMatch(form);
    }
  });
});
