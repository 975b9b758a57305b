import { describe, expect, it } from "vitest";
import { type HttpRule, parseBaseUrl } from "./base-url.ts";

const compatible = "openai-compatible";
const parse = (text: string, http: HttpRule = "loopback") => parseBaseUrl(text, { kind: compatible, http });

describe("a base URL", () => {
  it.each([
    [compatible, "https://api.example.com", "https://api.example.com"],
    [compatible, "https://api.example.com/", "https://api.example.com"],
    [compatible, "https://api.example.com/v1", "https://api.example.com"],
    [compatible, "https://api.example.com/v1/", "https://api.example.com"],
    [compatible, "https://api.example.com/openai/v1", "https://api.example.com/openai"],
    [compatible, "https://api.example.com:8443/a/b//", "https://api.example.com:8443/a/b"],
    [compatible, "https://API.Example.com/v1beta", "https://api.example.com/v1beta"],
    ["openai", "https://api.openai.com/v1", "https://api.openai.com"],
    ["anthropic", "https://api.anthropic.com/v1", "https://api.anthropic.com"],
    ["gemini", "https://generativelanguage.googleapis.com/v1beta", "https://generativelanguage.googleapis.com"],
  ] as const)("of %s: %s is kept as %s", (kind, text, url) => {
    expect(parseBaseUrl(text, { kind, http: "none" })).toEqual({ url });
  });

  it.each([
    ["not an address", /such as https/],
    ["ftp://api.example.com", /https:\/\//],
    ["https://user:secret@api.example.com", /no user name/],
    ["https://api.example.com?key=1", /no query/],
    ["https://api.example.com/#a", /no query and no fragment/],
  ])("%s is refused", (text, reason) => {
    const parsed = parse(text);
    expect("fault" in parsed && parsed.fault).toMatch(reason);
    expect(JSON.stringify(parsed)).not.toContain("secret");
  });

  it.each([
    ["http://localhost:11434", "none", false],
    ["http://localhost:11434", "loopback", true],
    ["http://127.0.0.1:8000/v1", "loopback", true],
    ["http://[::1]:8000", "loopback", true],
    ["http://10.0.0.7", "loopback", false],
    ["http://10.0.0.7", "private", true],
    ["http://172.16.0.1", "private", true],
    ["http://172.32.0.1", "private", false],
    ["http://192.168.1.20:11434", "private", true],
    ["http://[fd00::1]", "private", true],
    ["http://[2001:db8::1]", "private", false],
    ["http://ollama:11434", "private", true],
    ["http://ollama:11434", "loopback", false],
    ["http://box.local", "private", true],
    ["http://169.254.169.254", "private", false],
    ["http://api.example.com", "private", false],
    ["http://127.0.0.1.example.com", "private", false],
  ] as const)("%s without TLS under the rule %s: %s", (text, http, allowed) => {
    const parsed = parse(text, http);
    expect("url" in parsed).toBe(allowed);
    expect(Object.values(parsed)[0]).toMatch(allowed ? /^http:/ : /PROVIDER_HTTP|private networks/);
  });
});
