import type { IncomingMessage, ServerResponse } from "node:http";
import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import type { RequestContext } from "../request-context/request-context.ts";

/** Endpoints that a library answers on the raw request, which it reads, admits and checks itself. */
export interface RawHandler {
  endpoints: readonly Endpoint[];
  /** Sends `headers` with every answer; others may already be set on `response`. */
  handle(request: IncomingMessage, response: ServerResponse, given: GivenToRaw): Promise<void>;
}

export interface GivenToRaw {
  requestId: string;
  headers: Readonly<Record<string, string>>;
}

/** What records of a raw call say of it. */
export const rawContextOf = (
  { headers }: IncomingMessage,
  { requestId, address, endpoint }: { requestId: string; address: string; endpoint: Endpoint },
): RequestContext => ({ requestId, caller: null, address, userAgent: headers["user-agent"] ?? null, endpoint });
