import { describe, expect, it } from "vitest";
import { readDataUrl } from "./data-url.ts";

describe("edge case 15: a data URL", () => {
  it.each([
    ["data:image/png;base64,AAEC", { mediaType: "image/png", data: "AAEC" }],
    ["data:image/png;charset=utf-8;base64,AAEC", { mediaType: "image/png", data: "AAEC" }],
    ["data:image/png;name=a.png;charset=utf-8;BASE64,AAEC", { mediaType: "image/png", data: "AAEC" }],
    ["DATA:Image/PNG;base64,", { mediaType: "image/png", data: "" }],
    ["data:image/svg+xml,%3Csvg%2F%3E", { mediaType: "image/svg+xml", data: btoa("<svg/>") }],
    ["data:text/plain;charset=utf-8,gr%C3%BCn", { mediaType: "text/plain", data: "Z3LDvG4=" }],
  ])("is read with its parameters: %s", (url, expected) => {
    expect(readDataUrl(url)).toEqual(expected);
  });

  it.each([
    "data:;base64,AAEC",
    "data:base64,AAEC",
    "data:image/png;base64",
    "https://example.org/a.png",
    "data:text/plain,%E0%A4%A",
    "",
  ])("is none, or does not say what it holds: %j", (url) => {
    expect(readDataUrl(url)).toBeUndefined();
  });

  it("of megabytes keeps every byte, in base64 and as text", () => {
    const data = "A".repeat(20_000_000);
    expect(readDataUrl(`data:application/pdf;base64,${data}`)?.data.length).toBe(data.length);
    expect(atob(readDataUrl(`data:text/plain,${"x".repeat(100_000)}`)?.data ?? "")).toHaveLength(100_000);
  });
});
