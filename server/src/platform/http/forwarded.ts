import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** Who sent a request and how, as far as the proxies before this server are believed. */
export interface Client {
  address: string;
  isSecure: boolean;
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** The addresses and networks of the list; undefined when something in it is neither. */
function listOf(proxies: readonly string[]): BlockList | undefined {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = "", bits, ...rest] = proxy.split("/");
    if (isIP(address) === 0 || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

const headerOf = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
};

/**
 * Reads `X-Forwarded-For` and `X-Forwarded-Proto` as the framework does: the client is the first address, from this server
 * outwards, that is no proxy of the list. Undefined for lists with words of the framework's own, such as `loopback`.
 */
export function createClientOf(proxies: readonly string[]): ((request: IncomingMessage) => Client) | undefined {
  const list = listOf(proxies);
  if (list === undefined) return undefined;
  const isProxy = (address: string): boolean => isIP(address) !== 0 && list.check(address, familyOf(address));

  return (request) => {
    const peer = request.socket.remoteAddress ?? "";
    if (proxies.length === 0 || !isProxy(peer)) return { address: peer, isSecure: false };
    const forwarded = headerOf(request, "x-forwarded-for")?.split(",").toReversed() ?? [];
    const chain = [peer, ...forwarded.map((address) => address.trim()).filter((address) => address !== "")];
    const protocol = headerOf(request, "x-forwarded-proto")?.split(",").at(-1)?.trim();
    return {
      address: chain.find((address) => !isProxy(address)) ?? chain.at(-1) ?? peer,
      isSecure: protocol === "https",
    };
  };
}
