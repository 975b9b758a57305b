import type { ProviderKind } from "@llm-tuner/contract/providers.ts";
import { describe, expect, it } from "vitest";
import type { Connection } from "./connections/connection.ts";
import { createDirectory } from "./directory.ts";

import type { OfferedRow } from "./offered/offered.store.ts";
import { allOffers, offerIdOf, usualDisconnect } from "./offered/offers.ts";

const at = new Date("2026-11-21");

const connection = (name: string, kind: ProviderKind, changed: Partial<Connection> = {}): Connection => ({
  id: `conn_${name}`,
  name,
  kind,
  provider: kind === "openai-compatible" ? name : kind,
  baseUrl: "https://models.example.org",
  secrets: { apiKey: "key", headers: [] },
  apiKeyLast4: null,
  headerNames: [],
  offersCatalogue: false,
  enabled: true,
  source: "stored",
  createdAt: at,
  updatedAt: at,
  ...changed,
});

const row = (name: string, model: string, changed: Partial<OfferedRow> = {}): OfferedRow => ({
  id: offerIdOf(`conn_${name}`, model),
  connection_id: `conn_${name}`,
  model,
  price_model: model,
  context_window: null,
  max_output_tokens: null,
  capabilities: ["chat"],
  ...usualDisconnect,
  first_byte_timeout_ms: null,
  idle_timeout_ms: null,
  total_timeout_ms: null,
  enabled: true,
  source: "added",
  created_at: at,
  updated_at: at,
  ...changed,
});

const directoryOf = (connections: readonly Connection[], rows: readonly OfferedRow[]) =>
  createDirectory({ connections, offers: allOffers(connections, rows), routes: [] });
const named = (offers: readonly { connection: Connection; model: string }[]): string[] =>
  offers.map((offer) => `${offer.connection.name}/${offer.model}`);

describe("the directory", () => {
  const connections = [
    connection("zeta", "openai-compatible"),
    connection("alpha", "openai-compatible"),
    connection("claude", "anthropic"),
    connection("gpt-one", "openai"),
    connection("gpt-two", "openai"),
  ];

  it.each([
    [
      "OpenAI before all others, with all its connections",
      ["zeta", "claude", "gpt-two", "gpt-one"],
      ["gpt-one/m", "gpt-two/m"],
    ],
    ["Anthropic before compatible servers", ["alpha", "claude"], ["claude/m"]],
    ["compatible servers by their names, one of them", ["zeta", "alpha"], ["alpha/m"]],
    ["nobody, where nobody has it", [], []],
  ] as const)("asks %s", (_what, owners, asked) => {
    const directory = directoryOf(
      connections,
      owners.map((owner) => row(owner, "m")),
    );
    expect(named(directory.offersNamed("m")).toSorted()).toEqual([...asked]);
  });

  it.each([
    ["gpt-4o-mini", ["alpha/gpt-4o-mini"]],
    ["gpt-4o", ["alpha/gpt-4*"]],
    ["gpt-3", ["alpha/gpt-*"]],
    ["llama", ["zeta/*"]],
  ])("lets %s through by the pattern that says most of it", (model, asked) => {
    const rows = [row("zeta", "*"), ...["gpt-*", "gpt-4*", "gpt-4o-mini"].map((pattern) => row("alpha", pattern))];
    expect(named(directoryOf(connections, rows).offersNamed(model))).toEqual(asked);
  });

  it("does not go by a pattern of the connection that has the name switched off, but by another's", () => {
    const rows = [row("alpha", "m", { enabled: false }), row("alpha", "*"), row("zeta", "*")];
    const directory = directoryOf(connections, rows);
    expect(named(directory.offersNamed("m"))).toEqual(["zeta/*"]);
    expect(directory.offersAt("alpha", "m")).toEqual([]);
  });

  it.each([
    ["switched off", { enabled: false }],
    ["without the key that it needs", { secrets: { apiKey: null, headers: [] } }],
  ])("offers nothing of a connection that is %s", (_how, changed) => {
    const directory = directoryOf([connection("gpt-one", "openai", changed)], [row("gpt-one", "m")]);
    expect(directory.offersNamed("m")).toEqual([]);
    expect(directory.offers).toHaveLength(1);
    expect(directory.isProviderWord("gpt-one")).toBe(true);
  });

  it("knows connections by their names and by their providers", () => {
    const directory = directoryOf(connections, [row("gpt-one", "m"), row("gpt-two", "m"), row("alpha", "m")]);
    expect(named(directory.offersAt("openai", "m"))).toEqual(["gpt-one/m", "gpt-two/m"]);
    expect(named(directory.offersAt("gpt-two", "m"))).toEqual(["gpt-two/m"]);
    expect(directory.offersAt("gemini", "m")).toEqual([]);
    expect(["openai", "anthropic", "alpha", "gemini", "openai-compatible"].filter(directory.isProviderWord)).toEqual([
      "openai",
      "anthropic",
      "alpha",
    ]);
  });

  it("leaves out models of a connection that is not there any more, and changes of a catalogue that is not offered", () => {
    const rows = [row("gone", "m"), row("claude", "claude-opus-5", { source: "catalogue" }), row("claude", "own")];
    expect(named(directoryOf(connections, rows).offers)).toEqual(["claude/own"]);
    const offering = directoryOf([connection("claude", "anthropic", { offersCatalogue: true })], rows);
    expect(named(offering.offers)).toEqual(expect.arrayContaining(["claude/own", "claude/claude-opus-5"]));
    expect(new Set(named(offering.offers)).size).toBe(offering.offers.length);
  });
});
