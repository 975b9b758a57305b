import type { IncomingHttpHeaders } from "node:http";
import { Agent, type Dispatcher, errors, request } from "undici";
import { guardedConnector, resolveBySystem, type ResolveName } from "./guarded-connector.ts";
import { GuardedFetchError, type GuardedFetchFault } from "./guarded-fetch.errors.ts";
import { isPublicAddress } from "./public-address.ts";

export interface FetchedContent {
  /** As the other side says, without parameters. */
  mediaType: string;
  data: Uint8Array;
}

export interface GuardedFetchOptions {
  resolve: ResolveName;
  isAllowed: (address: string) => boolean;
  ports: readonly number[];
  connectTimeoutMs: number;
  /** Longest silence of the other side. */
  idleTimeoutMs: number;
  /** For all of it, redirects included. */
  totalTimeoutMs: number;
  maxRedirects: number;
  /** `host:port` of hosts that whoever runs the server trusts, wherever they are. */
  insideHosts: ReadonlySet<string>;
}

export interface FetchLimits {
  maxBytes: number;
  signal: AbortSignal;
}

/** Fetches what a person named by its address. Throws a `GuardedFetchError` that says why it was not fetched. */
export type GuardedFetch = (address: string, limits: FetchLimits) => Promise<FetchedContent>;

/** What arrives, piece by piece; it fails when there is more than the limit. `url` is where redirects led. */
export interface ArrivingContent {
  url: URL;
  bytes: AsyncIterable<Uint8Array>;
}

/** As `GuardedFetch`, for what is too large to be held in memory: `receive` reads it while it arrives. */
export type GuardedDownload = <Received>(
  address: string,
  limits: FetchLimits,
  receive: (content: ArrivingContent) => Promise<Received>,
) => Promise<Received>;

const defaults: GuardedFetchOptions = {
  resolve: resolveBySystem,
  isAllowed: isPublicAddress,
  ports: [80, 443],
  connectTimeoutMs: 5_000,
  idleTimeoutMs: 10_000,
  totalTimeoutMs: 30_000,
  maxRedirects: 3,
  insideHosts: new Set(),
};

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

const refuse = (why: string, fault: GuardedFetchFault = "refused", cause?: unknown): never => {
  throw new GuardedFetchError(why, { fault, cause });
};

interface Way {
  dispatcher: Agent;
  ports: readonly number[];
  insideHosts: ReadonlySet<string>;
  maxRedirects: number;
}

const parseAddress = (
  address: string,
  base: URL | undefined,
  { ports, insideHosts }: Pick<Way, "ports" | "insideHosts">,
): URL => {
  if (!URL.canParse(address, base?.href)) return refuse("it is no address");
  const url = new URL(address, base);
  if (url.protocol !== "http:" && url.protocol !== "https:") return refuse("only http and https are fetched");
  if (base?.protocol === "https:" && url.protocol === "http:") return refuse("it leads from https to http");
  if (url.username !== "" || url.password !== "") return refuse("it holds a user name or a password");
  const usualPort = url.protocol === "https:" ? 443 : 80;
  const port = url.port === "" ? usualPort : Number(url.port);
  const isTrusted = insideHosts.has(`${url.hostname}:${port}`);
  return ports.includes(port) || isTrusted ? url : refuse("its port is not a usual one");
};

const one = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const mediaTypeOf = (headers: IncomingHttpHeaders): string => {
  const [type = ""] = (one(headers, "content-type") ?? "").split(";");
  const mediaType = type.trim().toLowerCase();
  return /^[\w.+-]+\/[\w.+-]+$/.test(mediaType) ? mediaType : refuse("its server does not say what it is");
};

const causesOf = (thrown: unknown): unknown[] => {
  const causes: unknown[] = [];
  for (let next = thrown; next instanceof Error && causes.length < 5; next = next.cause) causes.push(next);
  return causes;
};

const isTimeout = (thrown: unknown): boolean =>
  thrown instanceof errors.HeadersTimeoutError ||
  thrown instanceof errors.BodyTimeoutError ||
  thrown instanceof errors.ConnectTimeoutError;

/** What broke on the way, with what the connector said of it where it was the one who refused. */
const asNetworkFault = (thrown: unknown): GuardedFetchError =>
  causesOf(thrown).find((cause) => cause instanceof GuardedFetchError) ??
  (isTimeout(thrown)
    ? new GuardedFetchError("it took too long", { fault: "took_too_long", cause: thrown })
    : new GuardedFetchError("its server could not be reached", { fault: "unreachable", cause: thrown }));

async function* piecesOf(
  { headers, body }: Dispatcher.ResponseData,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoding = one(headers, "content-encoding") ?? "identity";
  if (encoding !== "identity") refuse("it arrived compressed, although that was not asked for", "unreachable");
  const tooLarge = `it is larger than ${maxBytes} bytes`;
  // Only a hint: what arrives is counted as well.
  if (Number(one(headers, "content-length") ?? 0) > maxBytes) refuse(tooLarge, "too_large");
  const arriving: AsyncIterable<Uint8Array> = body;
  let bytes = 0;
  try {
    for await (const piece of arriving) {
      bytes += piece.length;
      if (bytes > maxBytes) refuse(tooLarge, "too_large");
      yield piece;
    }
  } catch (thrown) {
    throw asNetworkFault(thrown);
  }
}

const requestHeaders = { accept: "*/*", "accept-encoding": "identity", "user-agent": "llm-tuner" };

const isMissing = (status: number): boolean => [401, 403, 404, 410, 451].includes(status);

/** Follows redirects by hand, because each of them is an address that somebody else chose. */
const follow = async (
  address: string,
  signal: AbortSignal,
  way: Way,
): Promise<{ url: URL; response: Dispatcher.ResponseData }> => {
  let url = parseAddress(address, undefined, way);
  for (let redirects = 0; redirects <= way.maxRedirects; redirects += 1) {
    const response = await request(url, { dispatcher: way.dispatcher, headers: requestHeaders, signal });
    const { statusCode, headers } = response;
    const location = redirectStatuses.has(statusCode) ? one(headers, "location") : undefined;
    if (location === undefined) {
      if (statusCode === 200) return { url, response };
      return refuse(
        `its server answered with status ${statusCode}`,
        isMissing(statusCode) ? "not_found" : "unreachable",
      );
    }
    url = parseAddress(location, url, way);
  }
  return refuse(`it was redirected more than ${way.maxRedirects} times`);
};

/** Does with the answer what `receive` says; whatever goes wrong on the way ends as a `GuardedFetchError`. */
const fetchWith = async <Received>(
  options: Partial<GuardedFetchOptions>,
  { address, signal }: { address: string; signal: AbortSignal },
  receive: (arrived: { url: URL; response: Dispatcher.ResponseData }) => Promise<Received>,
): Promise<Received> => {
  const { connectTimeoutMs, idleTimeoutMs, totalTimeoutMs, ...way } = { ...defaults, ...options };
  const timeout = AbortSignal.timeout(totalTimeoutMs);
  // Nothing is kept between two fetches: a connection belongs to the address for which it was looked at.
  const dispatcher = new Agent({
    connect: guardedConnector({ ...way, timeoutMs: connectTimeoutMs }),
    headersTimeout: idleTimeoutMs,
    bodyTimeout: idleTimeoutMs,
  });
  try {
    const following = follow(address, AbortSignal.any([signal, timeout]), { ...way, dispatcher });
    const arrived = await following.catch((thrown: unknown) => {
      throw asNetworkFault(thrown);
    });
    return await receive(arrived);
  } catch (thrown) {
    signal.throwIfAborted();
    const wasCut = thrown instanceof GuardedFetchError && thrown.fault === "unreachable" && timeout.aborted;
    if (wasCut) return refuse("it took too long", "took_too_long", thrown);
    throw thrown;
  } finally {
    await dispatcher.destroy();
  }
};

/**
 * The one way to fetch an address that somebody from outside named. It reaches hosts of the public internet only, by
 * whatever spelling, name or redirect they are named, sends nothing of the server's own, and ends by size and time.
 */
export const createGuardedFetch =
  (options: Partial<GuardedFetchOptions> = {}): GuardedFetch =>
  (address, { maxBytes, signal }) =>
    fetchWith(options, { address, signal }, async ({ response }) => {
      const mediaType = mediaTypeOf(response.headers);
      return { mediaType, data: Buffer.concat(await Array.fromAsync(piecesOf(response, maxBytes))) };
    });

/** The same for large content. What `receive` throws of its own is passed on as it is. */
export const createGuardedDownload =
  (options: Partial<GuardedFetchOptions> = {}): GuardedDownload =>
  (address, { maxBytes, signal }, receive) =>
    fetchWith(options, { address, signal }, ({ url, response }) =>
      receive({ url, bytes: piecesOf(response, maxBytes) }),
    );
