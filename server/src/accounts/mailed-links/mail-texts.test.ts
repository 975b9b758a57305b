import { describe, expect, it } from "vitest";
import { isLinkPurpose, mailPurposes } from "./mail-purpose.ts";
import { mailText } from "./mail-texts.ts";

const texts = (publicUrl = "https://tuner.example.org") =>
  mailPurposes.map((purpose) => ({
    purpose,
    ...mailText(purpose, { publicUrl, token: (linkPurpose) => `token-of-${linkPurpose}` }),
  }));

describe("the mails about an account", () => {
  it("with a link say it in text and in HTML; the token stands in the fragment, which no server is told", () => {
    for (const { purpose, text, html } of texts().filter((mail) => isLinkPurpose(mail.purpose))) {
      const page = purpose === "verify_email" || purpose === "change_email" ? "verify-email" : "reset-password";
      const link = `https://tuner.example.org/${page}#token=token-of-${purpose}`;
      expect(text.split("\n")).toContain(link);
      expect(html).toContain(`<a href="${link}">`);
    }
  });

  it("that only tell something have no link to press", () => {
    const notices = texts().filter(({ purpose }) => !isLinkPurpose(purpose));
    expect(notices).toHaveLength(4);
    for (const { text, html } of notices) expect(text + html).not.toMatch(/token|href/);
  });

  it("have a subject of one line each, and say where they come from and what to do when it was not oneself", () => {
    const all = texts();
    expect(new Set(all.map(({ subject }) => subject)).size).toBe(all.length);
    for (const { subject, text } of all) {
      expect(subject).toMatch(/^[\w' -]{10,60}$/);
      expect(text).toMatch(/LLM Tuner at https:\/\/tuner\.example\.org$/);
      expect(text).toMatch(/If it was not you|If you do not want/);
    }
  });

  it("escape what they did not write themselves", () => {
    for (const { html } of texts('https://x"><script>alert(1)</script>&')) {
      expect(html).not.toMatch(/<script|"><s/);
      expect(html).toContain("&lt;script&gt;");
    }
  });
});
