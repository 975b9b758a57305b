import type { GatewayReply } from "./exchange.ts";

const jsonType = "application/json; charset=utf-8";

/** An answer in one piece, JSON unless it says otherwise. Its type and length are put into `headers`. */
export const sendBytes = (
  reply: GatewayReply,
  args: { status: number; headers: Record<string, string>; bytes: Uint8Array; contentType?: string | undefined },
): void => {
  const { status, headers, bytes, contentType = jsonType } = args;
  headers["content-type"] = contentType;
  headers["content-length"] = String(bytes.length);
  reply.start(status, headers);
  reply.end(bytes);
};
