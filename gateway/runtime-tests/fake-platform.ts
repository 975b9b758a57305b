import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  authenticateForSatellite,
  type GatewayRefusal,
  reserveForSatellite,
  type SatelliteReservation,
  type SatelliteSettlement,
  settleForSatellite,
} from "@llm-tuner/contract/satellites.ts";

export const satelliteKey = "lp_live_satellite";
/** A client token that the platform knows; others it refuses. */
export const goodToken = "lp_ct_good";

export interface FakePlatform {
  url: string;
  authentications: number;
  reservations: SatelliteReservation[];
  /** Each once by its reservation, however often it was reported. */
  settlements: Map<string, SatelliteSettlement>;
  /** Calls to settle, repetitions included. */
  settleCalls: number;
  /** What the next reservations are refused with. */
  refuse: GatewayRefusal | undefined;
  /** So many settlements are answered with a 500 before one is taken. */
  failSettlements: number;
  /** Resolves when one more settlement is there. */
  nextSettlement(): Promise<SatelliteSettlement>;
  close(): Promise<void>;
}

const unauthenticated: GatewayRefusal = {
  status: 401,
  code: "invalid_api_key",
  type: "authentication_error",
  message: "The API key is wrong, revoked or expired.",
  param: null,
  retryable: false,
  retry_after_seconds: null,
  headers: [],
};

const costNanoUsd = 4_200;

/** The platform as satellites know it: three calls over HTTP, checked by their contract. */
export const startFakePlatform = async (): Promise<FakePlatform> => {
  const waiting: ((settlement: SatelliteSettlement) => void)[] = [];
  const unclaimed: SatelliteSettlement[] = [];
  const platform: FakePlatform = {
    url: "",
    authentications: 0,
    reservations: [],
    settlements: new Map(),
    settleCalls: 0,
    refuse: undefined,
    failSettlements: 0,
    nextSettlement() {
      const ready = unclaimed.shift();
      return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };

  const authenticate = (body: unknown): unknown => {
    platform.authentications += 1;
    const { credential } = authenticateForSatellite.body.parse(body);
    if (credential !== goodToken) return { caller: null, refusal: unauthenticated };
    const caller = {
      account: "user_1",
      scopes: ["chat", "models:read"],
      allowed_models: null,
      locked: null,
      is_spend_bound: false,
      headers: [],
    };
    return { caller, refusal: null };
  };

  const reserve = (body: unknown): unknown => {
    const request = reserveForSatellite.body.parse(body);
    if (request.credential !== goodToken || platform.refuse !== undefined) {
      const refusal = platform.refuse ?? unauthenticated;
      return { reservation: null, headers: [], max_output_tokens: null, refusal };
    }
    platform.reservations.push(request);
    const headers = [{ name: "x-ratelimit-remaining-requests", value: "7" }];
    return { reservation: `sealed-${request.request_id}`, headers, max_output_tokens: null, refusal: null };
  };

  const settle = (body: unknown): unknown => {
    platform.settleCalls += 1;
    if (platform.failSettlements > 0) {
      platform.failSettlements -= 1;
      return undefined;
    }
    const settlement = settleForSatellite.body.parse(body);
    const isNew = !platform.settlements.has(settlement.reservation);
    platform.settlements.set(settlement.reservation, settlement);
    if (isNew) (waiting.shift() ?? ((one) => void unclaimed.push(one)))(settlement);
    return { cost_nano_usd: costNanoUsd };
  };

  const calls = new Map<string, (body: unknown) => unknown>([
    [authenticateForSatellite.path, authenticate],
    [reserveForSatellite.path, reserve],
    [settleForSatellite.path, settle],
  ]);
  // A machine that was busy for seconds must not find the connection closed in the middle of a request.
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const isTrusted = request.headers["x-api-key"] === satelliteKey;
      const answer = isTrusted ? calls.get(request.url ?? "")?.(JSON.parse(text)) : undefined;
      response.writeHead(answer === undefined ? 500 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? { error: "no" }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is always an object.
  const { port } = server.address() as AddressInfo;
  platform.url = `http://127.0.0.1:${port}`;
  return platform;
};
