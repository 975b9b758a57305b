import type { IncomingHttpHeaders } from "node:http";
import { networkOf } from "../../platform/http/network.ts";
import type { SessionOrigin } from "./sessions.store.ts";

const maxUserAgentLength = 300;

/** Where a request comes from, as a session that it opens remembers it. */
export const sessionOriginOf = (request: { address: string; headers: IncomingHttpHeaders }): SessionOrigin => ({
  address: request.address,
  network: networkOf(request.address),
  userAgent: request.headers["user-agent"]?.slice(0, maxUserAgentLength) ?? null,
});
