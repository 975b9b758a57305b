import { describe, expect, it } from "vitest";
import { createLog } from "./log.ts";

function recordingLog() {
  const lines: string[] = [];
  const log = createLog({ level: "debug", stream: { write: (line) => lines.push(line) } });
  return { log, text: () => lines.join(""), last: (): unknown => JSON.parse(lines.at(-1) ?? "null") };
}

const jwt = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";

describe("a log line", () => {
  it("is one JSON object with level, time, fields and message", () => {
    const { log, last } = recordingLog();
    log.info({ port: 5000 }, "listening");
    expect(last()).toMatchObject({
      level: "info",
      port: 5000,
      msg: "listening",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it("cannot be split by a line break in a value", () => {
    const { log, text } = recordingLog();
    log.warn({ agent: 'x\n{"level":"error","msg":"forged"}' }, "odd\nagent");
    expect(text().trimEnd().split("\n")).toHaveLength(1);
  });

  it("unfolds an error with its cause and driver fields", () => {
    const { log, last } = recordingLog();
    log.error({ error: Object.assign(new Error("outer", { cause: new Error("inner") }), { code: "23505" }) }, "failed");
    expect(last()).toMatchObject({ error: { message: "outer", code: "23505", cause: { message: "inner" } } });
  });

  it("keeps of an error's own fields what is plain, and the errors inside it", () => {
    const { log, last, text } = recordingLog();
    const error = Object.assign(new AggregateError([new Error("first"), new Error("second")], "both"), {
      client: { host: "db" },
    });
    log.error({ error }, "failed");
    expect(last()).toMatchObject({ error: { message: "both", errors: [{ message: "first" }, { message: "second" }] } });
    expect(text()).not.toContain("host");
  });

  it("survives a structure that refers to itself", () => {
    const { log, last } = recordingLog();
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    log.info({ circle }, "round");
    expect(last()).toMatchObject({ msg: "round" });
  });
});

describe("secrets", () => {
  it.each([
    ["a bearer token", "Authorization: Bearer abcdefgh12345678"],
    ["an API key", "key lp_0123456789abcdefABCDEF was used"],
    ["a provider's key", "sk-proj-0123456789abcdef0123"],
    ["a JWT", `token=${jwt}`],
    ["a database URL", "postgres://app:hunter2:with@signs@db.example.org:5432/app"],
  ])("are hidden by shape in messages, fields and bindings: %s", (_name, text) => {
    const { log, text: written } = recordingLog();
    log.info({ nested: [{ note: text }], error: new Error(text) }, text);
    log.child({ origin: text }).info({}, "bound");
    expect(written()).not.toMatch(/abcdefgh12345678|0123456789abcdef|eyJzdWIi|hunter2|with@signs/);
    expect(written()).toContain("[redacted]");
  });

  it("keeps what surrounds a hidden password readable", () => {
    const { log, last } = recordingLog();
    log.info({}, "connecting to postgres://app:hunter2@db.example.org:5432/app");
    expect(last()).toMatchObject({ msg: "connecting to postgres://app:[redacted]@db.example.org:5432/app" });
  });

  it.each([
    "password",
    "new_password",
    "refresh_token",
    "accessToken",
    "X-API-Key",
    "set-cookie",
    "client_secret",
    "masterKey",
  ])("are hidden by the field name %s at any depth", (name) => {
    const { log, text } = recordingLog();
    log.info({ request: { headers: [{ [name]: "plainvalue" }] } }, "seen");
    expect(text()).not.toContain("plainvalue");
  });

  it("are not imagined where a field only counts or names them", () => {
    const { log, last } = recordingLog();
    log.info({ apiKeyId: "key_4Yt", prompt_tokens: 12, tokens: 7 }, "used");
    expect(last()).toMatchObject({ apiKeyId: "key_4Yt", prompt_tokens: 12, tokens: 7 });
  });
});
