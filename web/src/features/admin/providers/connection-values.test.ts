import {
  createProviderConnection,
  updateProviderConnection,
  type ProviderConnection,
} from "@llm-tuner/contract/providers.ts";
import { describe, expect, it } from "vitest";
import {
  ConnectionValues,
  connectionChangeOf,
  emptyConnection,
  newConnectionOf,
  valuesOfConnection,
} from "./connection-values.ts";

const present: ProviderConnection = {
  id: "conn_4YtAbCdEfGhIjKlMnOpQrS",
  name: "openai-eu",
  kind: "openai",
  base_url: "https://eu.api.openai.com",
  api_key_last4: "9xYz",
  header_names: ["OpenAI-Organization"],
  offers_catalogue: false,
  enabled: true,
  source: "stored",
  models: 3,
  created_at: "2026-11-21T10:00:00.000Z",
  updated_at: "2026-11-21T10:00:00.000Z",
};

describe("the form of a connection", () => {
  it("leaves the address to the platform where it is the provider's usual one", () => {
    const request = newConnectionOf(ConnectionValues.parse({ ...emptyConnection, api_key: " sk-abc " }));
    expect(request).toEqual({
      kind: "openai",
      name: "openai",
      api_key: "sk-abc",
      headers: [],
      offers_catalogue: true,
    });
    expect(createProviderConnection.body.safeParse(request).success).toBe(true);
  });

  it("asks for no key at a server that has none", () => {
    const values = { ...emptyConnection, kind: "openai-compatible", name: "vllm", base_url: "http://127.0.0.1:8000" };
    const request = newConnectionOf(ConnectionValues.parse(values));
    expect(request).not.toHaveProperty("api_key");
    expect(request).toMatchObject({ base_url: "http://127.0.0.1:8000" });
  });

  it("never sends back a secret that it does not know: the key and the headers stay when they are not replaced", () => {
    const request = connectionChangeOf(ConnectionValues.parse(valuesOfConnection(present)));
    expect(request).toEqual({
      name: "openai-eu",
      base_url: "https://eu.api.openai.com",
      offers_catalogue: false,
    });
    expect(updateProviderConnection.body.safeParse(request).success).toBe(true);
  });

  it("replaces headers all together, also by none", () => {
    const headers = [{ name: "X-Team", value: "shop" }];
    const values = { ...valuesOfConnection(present), replaces_headers: true };
    expect(connectionChangeOf({ ...values, headers })).toMatchObject({ headers });
    expect(connectionChangeOf(values)).toMatchObject({ headers: [] });
  });

  it.each([
    [{ name: "OpenAI EU" }, "name"],
    [{ api_key: "sk abc" }, "api_key"],
    [{ headers: [{ name: "X Team", value: "shop" }] }, "headers.0.name"],
    [{ headers: [{ name: "X-Team", value: "" }] }, "headers.0.value"],
  ])("refuses %j beside the field", (change, field) => {
    const parsed = ConnectionValues.safeParse({ ...emptyConnection, ...change });
    expect(parsed.error?.issues.map(({ path }) => path.join("."))).toEqual([field]);
  });
});
