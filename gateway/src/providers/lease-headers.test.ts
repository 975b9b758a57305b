import { describe, expect, it } from "vitest";
import { withLeaseHeaders } from "./lease-headers.ts";

describe("the headers of a request", () => {
  it("are overridden by those of the server, so that no caller chooses the key or the version", () => {
    const headers = { "x-api-key": "mine", "anthropic-version": "2023-06-01", accept: "application/json" };
    expect(withLeaseHeaders(headers, { "x-api-key": "theirs", "anthropic-version": "2026-10-21" })).toEqual({
      "x-api-key": "theirs",
      "anthropic-version": "2026-10-21",
      accept: "application/json",
    });
  });

  it("name every beta that the caller or the server asks for, and each once", () => {
    const merged = withLeaseHeaders({ "anthropic-beta": "a, b" }, { "anthropic-beta": "b,c" });
    expect(merged).toEqual({ "anthropic-beta": "a,b,c" });
    expect(withLeaseHeaders({}, { "anthropic-beta": "c" })).toEqual({ "anthropic-beta": "c" });
  });
});
