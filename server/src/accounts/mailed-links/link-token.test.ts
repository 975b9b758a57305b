import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newId } from "../../platform/ids.ts";
import { encodeLinkToken, openLinkToken } from "./link-token.ts";
import { linkPurposes } from "./mail-purpose.ts";

const secret = randomBytes(32);
const mailId = newId("mailToken");
const token = encodeLinkToken({ mailId, purpose: "reset_password" }, secret);

describe("the token of a mailed link", () => {
  it.each(linkPurposes)("opens for what it was made for: %s", (purpose) => {
    const opened = openLinkToken(encodeLinkToken({ mailId, purpose }, secret), linkPurposes, secret);
    expect(opened).toEqual({ mailId, purpose });
  });

  it("is the same for the same mail, fits into an address, and shows no secret", () => {
    expect(encodeLinkToken({ mailId, purpose: "reset_password" }, secret)).toBe(token);
    expect(token).toMatch(/^[\w-]{74}$/);
    expect(Buffer.from(token, "base64url").includes(secret)).toBe(false);
  });

  it("opens for nothing else, and for no other installation", () => {
    expect(openLinkToken(token, ["verify_email", "change_email", "invitation"], secret)).toBeNull();
    expect(openLinkToken(token, linkPurposes, randomBytes(32))).toBeNull();
    expect(openLinkToken(token, [], secret)).toBeNull();
  });

  it("is refused after a flip of any byte and every truncation", () => {
    const bytes = Buffer.from(token, "base64url");
    for (let index = 0; index < bytes.length; index += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(index) ^ 1, index);
      expect(openLinkToken(flipped.toString("base64url"), linkPurposes, secret), `byte ${index}`).toBeNull();
      expect(openLinkToken(bytes.subarray(0, index).toString("base64url"), linkPurposes, secret)).toBeNull();
    }
  });

  it.each(["", " ", `${token} `, `${token}=`, token.replaceAll("-", "+").concat("!"), "%".repeat(74)])(
    "has one spelling: %j is none",
    (text) => {
      expect(openLinkToken(text, linkPurposes, secret)).toBeNull();
    },
  );
});
