import { describe, expect, it } from "vitest";
import { isPlainAddress, parseSender } from "./sender.ts";
import { parseSmtpUrl } from "./smtp-url.ts";

describe("SMTP_URL", () => {
  it("says where, how and as whom", () => {
    expect(parseSmtpUrl("smtps://us%40er:p%3Aw%2Fd@smtp.example.org")).toEqual({
      host: "smtp.example.org",
      port: 465,
      secure: true,
      startTls: "required",
      allowSelfSigned: false,
      auth: { user: "us@er", pass: "p:w/d" },
    });
    expect(parseSmtpUrl("smtp://[::1]:2525?allowSelfSigned=true")).toEqual({
      host: "::1",
      port: 2525,
      secure: false,
      startTls: "ignored",
      allowSelfSigned: true,
    });
  });

  it.each([
    ["smtp://smtp.example.org", "required"],
    ["smtp://smtp.example.org?ignoreTLS", "ignored"],
    ["smtp://smtp.example.org?ignoreTLS=false", "required"],
    ["smtp://localhost", "ignored"],
    ["smtp://127.0.0.1:25?requireTLS", "required"],
    // A name that only begins like this machine's is another machine.
    ["smtp://127.0.0.1.example.org", "required"],
    ["smtp://localhost.example.org", "required"],
  ])("%s: STARTTLS is %s", (text, startTls) => {
    expect(parseSmtpUrl(text).startTls).toBe(startTls);
  });

  it.each([
    "https://user:hunter2@host",
    "smtp://",
    "hunter2",
    "smtp://u:hunter2@h?tls=no",
    "smtp://u:hunter2@h?ignoreTLS=never",
    "smtp://u:hunter2@h?ignoreTLS&requireTLS",
  ])("%s is refused without being repeated", (text) => {
    expect(() => parseSmtpUrl(text)).toThrow(/^(?!.*hunter2)/);
  });
});

describe("MAIL_FROM", () => {
  it.each([
    ["a@example.org", { name: "", address: "a@example.org" }],
    ["LLM Tuner <a@example.org>", { name: "LLM Tuner", address: "a@example.org" }],
    ['"Tuner, the" <a@example.org>', { name: "Tuner, the", address: "a@example.org" }],
  ])("%s is read", (text, sender) => {
    expect(parseSender(text)).toEqual(sender);
  });

  it.each(["nobody", "A <b>", "A\r\nBcc: x@y.org <a@example.org>", "<a@example.org>, <b@example.org>", ""])(
    "%j is refused",
    (text) => {
      expect(() => parseSender(text)).toThrow(/must be an address/);
    },
  );

  it("an address is plain up to 254 characters", () => {
    expect([
      isPlainAddress(`${"a".repeat(242)}@example.org`),
      isPlainAddress(`${"a".repeat(243)}@example.org`),
    ]).toEqual([true, false]);
  });
});
