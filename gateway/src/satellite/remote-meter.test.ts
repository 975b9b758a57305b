import { SatelliteSettlement } from "@llm-tuner/contract/satellites.ts";
import { describe, expect, it } from "vitest";
import { noUsage, nothingUsed } from "../meter/usage.ts";
import { type GatewayCaller, noBounds, type SettlementRequest } from "../ports.ts";
import { createPlatformClient } from "./platform-client.ts";
import { createRemoteMeter } from "./remote-meter.ts";

const caller: GatewayCaller = {
  accountId: "user_1",
  keyId: null,
  scopes: new Set(["chat"]),
  tier: "",
  bounds: noBounds,
  headers: {},
};

const settlementOf = (requestId: string, said: Partial<SettlementRequest> = {}): SettlementRequest => ({
  requestId,
  caller,
  model: "m",
  provider: "openai",
  priceModel: "m",
  operation: "chat/completions",
  stream: false,
  outcome: "completed",
  usage: { ...nothingUsed, counts: { ...noUsage, outputText: 5 } },
  disconnect: null,
  serviceTier: null,
  upstreamId: null,
  attempts: [],
  startedAt: new Date(0),
  latencyMs: 1,
  firstByteMs: null,
  errorCode: null,
  ...said,
});

/** A satellite's meter, and the platform as it answers settlements: by a status for each. */
const createMeter = () => {
  const platform: { status: number; settled: string[]; bodies: unknown[] } = { status: 200, settled: [], bodies: [] };
  const logged: string[] = [];
  const note = (fields: Record<string, unknown>, message: string): void =>
    void logged.push(`${message}${"isKept" in fields ? ` ${String(fields["isKept"])}` : ""}`);
  const log = { debug: note, info: note, warn: note, error: note };
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const body: Record<string, unknown> = JSON.parse(await request.text());
    if (request.url.endsWith("/reservations")) {
      return Response.json({
        reservation: `sealed ${String(body["request_id"])}`,
        headers: [],
        max_output_tokens: null,
        refusal: null,
      });
    }
    platform.settled.push(String(body["reservation"]));
    platform.bodies.push(body);
    return platform.status === 200
      ? Response.json({ cost_nano_usd: 7 })
      : Response.json({ error: { code: "any" } }, { status: platform.status });
  };
  const options = { url: new URL("https://platform.test"), apiKey: "lp_live_x", timeoutMs: 1_000, fetch: send, log };
  const meter = createRemoteMeter({
    platform: createPlatformClient(options),
    presentedBy: () => ({ credential: "lp_ct_x" }),
    log,
    pausesMs: [1, 1],
    delay: async () => undefined,
  });
  const ask = async (name: string, said: Partial<SettlementRequest> = {}) => {
    const { usage: _usage, ...request } = settlementOf(name);
    await meter.reserve({
      ...request,
      candidates: [{ provider: "openai", priceModel: "m" }],
      estimatedInputTokens: 1,
      maxOutputTokens: null,
      modelMaxOutputTokens: null,
      serviceTier: null,
      pieces: { images: 0, videoSeconds: 0 },
    });
    return meter.settle(settlementOf(name, said));
  };
  return { platform, logged, ask };
};

describe("a settlement of a satellite", () => {
  it("is tried again while the platform is away, kept, and reported with a later one", async () => {
    const { platform, logged, ask } = createMeter();
    platform.status = 502;
    expect(await ask("a")).toEqual({ costNanoUsd: null });
    expect(platform.settled).toEqual(["sealed a", "sealed a", "sealed a"]);
    expect(logged.at(-1)).toBe("a settlement could not be reported true");
    platform.status = 200;
    expect(await ask("b")).toEqual({ costNanoUsd: 7 });
    expect(platform.settled.slice(3)).toEqual(["sealed b", "sealed a"]);
    expect(await ask("c")).toEqual({ costNanoUsd: 7 });
    expect(platform.settled.slice(5)).toEqual(["sealed c"]);
  });

  it("that the platform refuses for good is not tried again, now or later", async () => {
    const { platform, logged, ask } = createMeter();
    platform.status = 400;
    expect(await ask("a")).toEqual({ costNanoUsd: null });
    platform.status = 200;
    await ask("b");
    expect(platform.settled).toEqual(["sealed a", "sealed b"]);
    expect(logged).toContain("a settlement could not be reported false");
  });

  it("is one that the platform takes, whatever words a provider has for things", async () => {
    const { platform, ask } = createMeter();
    const word = `\u0000ü\ud800${"x".repeat(300)}`;
    const attempt = { deployment: "d", provider: "openai", priceModel: "m", upstreamModel: "m", latencyMs: 1 };
    const attempts = [{ ...attempt, outcome: "failed" as const, errorCode: word }];
    await ask("a", { serviceTier: word, upstreamId: word, errorCode: word, attempts });
    expect(() => SatelliteSettlement.parse(platform.bodies[0])).not.toThrow();
    expect(platform.bodies[0]).toMatchObject({ upstream_id: `???${"x".repeat(197)}` });
  });

  it("waits for a few of those that are left, and for none while the platform is away", async () => {
    const { platform, ask } = createMeter();
    platform.status = 503;
    for (let count = 0; count < 30; count += 1) await ask(`left${count}`);
    const tried = platform.settled.length;
    platform.status = 200;
    await ask("b");
    expect(platform.settled.slice(tried)).toHaveLength(1 + 20);
    await ask("c");
    await ask("d");
    expect(new Set(platform.settled.slice(tried)).size).toBe(33);
  });
});
