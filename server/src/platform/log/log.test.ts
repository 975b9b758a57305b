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

  it("costs nothing below the level: its fields are not even looked at", () => {
    const lines: string[] = [];
    const log = createLog({ level: "warn", stream: { write: (line) => lines.push(line) } });
    const looks: string[] = [];
    const fields = (name: string) => ({
      get value() {
        looks.push(name);
        return name;
      },
    });
    log.child({ part: "http" }).debug(fields("debug"), "unwanted");
    log.info(fields("info"), "unwanted");
    log.warn(fields("warn"), "wanted");
    expect(looks).toEqual(["warn"]);
    expect(lines).toHaveLength(1);
  });

  it.each([
    `lp_${"a".repeat(16)}`,
    `hf-${"a".repeat(16)}`,
    `eyJ${"a".repeat(8)}.${"b".repeat(4)}.`,
    `AIza${"a".repeat(20)}`,
    `AKIA${"A".repeat(16)}`,
    "aB3/".repeat(10),
    "?key=a",
    "a;api_key=a",
    "a://:b@",
    "cookie:a",
  ])("redacts the shortest text of each shape: %s", (secret) => {
    const { log, last } = recordingLog();
    log.info({ value: secret }, "seen");
    expect(last()).toMatchObject({ value: expect.stringContaining("[redacted]") });
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

  it.each([
    ["line breaks", 'x\r\n{"level":"error","msg":"forged"}', /forged/],
    ["escape sequences of a terminal", "\u001B[2J\u001B[31mred\u001B]0;title\u0007", /red/],
    ["control characters that JSON lets through", "a\u009B2Jb\u007Fc", /a.*2Jb/],
    ["separators of lines and paragraphs", "a\u2028b\u2029c", /a.*b/],
    ["a turned direction", "user\u202Egnp.exe\u2066", /gnp\.exe/],
    ["a null byte", "a\u0000b", /a.*b/],
  ])("SEC-39: cannot be forged or broken by %s in a value, a name or a message", (_name, text, kept) => {
    const { log, text: written } = recordingLog();
    log.warn({ agent: text, [text]: 1, error: new Error(text) }, text);
    const [line = "", ...others] = written().trimEnd().split("\n");
    expect(others).toEqual([]);
    expect(line).toMatch(kept);
    expect(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u.test(line)).toBe(false);
    expect(JSON.parse(line)).toMatchObject({ level: "warn" });
  });

  it("SEC-39: is not filled by a huge value, and no half of a secret stands where it was cut", () => {
    const { log, last, text } = recordingLog();
    const token = "A1b2".repeat(20);
    log.info({ agent: "Mozilla/5.0 ".repeat(100_000), edge: `${"x y ".repeat(2030)}${token}` }, "called");
    expect(last()).toMatchObject({ msg: "called", agent: expect.stringMatching(/^Mozilla/) });
    expect(text().length).toBeLessThan(20_000);
    expect(text()).not.toContain("A1b2");
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
    ["a client token", "made lp_ct_AQabcdefgh12345678XYZ for a page"],
    ["a refresh token", `AX${"0123456789abcdefXY".repeat(4)}abcde`],
    ["the token of a mailed link", `https://tuner.example.org/reset#token=AT${"0123456789abcdefXY".repeat(4)}`],
    ["a setup token", "visit /setup with setup_0123456789abcdefABCDEF0123456789abcdefABCDE"],
    ["a session's cookie", "cookie: theme=dark; __Host-llm-tuner-access=abcdefgh12345678"],
    ["a cookie's value", "__Secure-llm-tuner-refresh=abcdefgh12345678; Path=/"],
    ["code and state of a provider", "GET /api/auth/google/callback?state=abcdefgh12345678&code=hunter2"],
    ["the form of a code exchange", "grant_type=authorization_code&code=hunter2&code_verifier=abcdefgh12345678"],
    ["a Google client secret", "GOCSPX-0123456789abcdefABCDEF012345"],
    ["an AWS key id", "signed by AKIA0123456789ABCDEF"],
    ["an AWS secret key", "wJalrXUtnFEMI/K7MDENG/0123456789abcdefKE"],
    ["a signed address", "https://b.s3.amazonaws.com/k?X-Amz-Credential=hunter2&X-Amz-Signature=0123456789abcdef"],
    ["a mail server's URL", "smtps://mailer:hunter2@smtp.example.org:465"],
    ["a connection string", "host=db user=app password=hunter2 dbname=app"],
    ["a private key", "-----BEGIN PRIVATE KEY-----\nabcdefgh12345678\n-----END PRIVATE KEY-----"],
    ["a database URL", "postgres://app:hunter2:with@signs@db.example.org:5432/app"],
  ])("SEC-38: are hidden by shape in messages, fields and bindings: %s", (_name, text) => {
    const { log, text: written } = recordingLog();
    log.info({ nested: [{ note: text }], error: new Error(text) }, text);
    log.child({ origin: text }).info({}, "bound");
    expect(written()).not.toMatch(/abcdefgh12345678|0123456789abcdef|eyJzdWIi|hunter2|with@signs|AKIA|wJalr/i);
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
    "token",
    "setup_token",
    "id_token",
    "codeVerifier",
    "nonce",
    "secretAccessKey",
    "api-key",
  ])("SEC-38: are hidden by the field name %s at any depth", (name) => {
    const { log, text } = recordingLog();
    log.info({ request: { headers: [{ [name]: "plainvalue" }] } }, "seen");
    expect(text()).not.toContain("plainvalue");
  });

  it("SEC-38: of a row are not repeated by an error of the database", () => {
    const { log, text } = recordingLog();
    const detail = "Failing row contains (user_1, plainvalue).";
    log.error(
      { error: Object.assign(new Error("violates a check"), { code: "23514", detail, where: detail }) },
      "failed",
    );
    expect(text()).not.toContain("plainvalue");
    expect(text()).toContain("23514");
  });

  it("are not imagined in hashes, ids, names of jobs and places in code", () => {
    const { log, last } = recordingLog();
    const said = {
      sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      id: "user_0123456789abcdefABCDEF",
      job: "llm-tune-ab12cd-starter-20261121-100000-local",
      address: "https://tuner.example.org/api/files?limit=10&cursor=abc",
      place: "at Object.<anonymous> (/srv/tuner/server/src/platform/http/application.ts:120:14)",
    };
    log.info(said, "seen");
    expect(last()).toMatchObject(said);
  });

  it("are not imagined where a field only counts or names them", () => {
    const { log, last } = recordingLog();
    log.info({ apiKeyId: "key_4Yt", prompt_tokens: 12, tokens: 7 }, "used");
    expect(last()).toMatchObject({ apiKeyId: "key_4Yt", prompt_tokens: 12, tokens: 7 });
  });
});
