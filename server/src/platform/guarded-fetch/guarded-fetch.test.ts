import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createGuardedDownload, createGuardedFetch, type GuardedFetchOptions } from "./guarded-fetch.ts";
import { GuardedFetchError } from "./guarded-fetch.errors.ts";
import { isPublicAddress } from "./public-address.ts";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
});

/** A server on the loopback that counts who came. */
const startServer = async (listener: RequestListener, host = "127.0.0.1") => {
  const seen: { url: string | undefined; host: string | undefined }[] = [];
  const server = createServer((request, response) => {
    seen.push({ url: request.url, host: request.headers.host });
    listener(request, response);
  });
  servers.push(server);
  server.listen(0, host);
  await once(server, "listening");
  // A TCP server's address is always an object.
  const { port } = server.address() as AddressInfo;
  return { port, seen };
};

const limits = { maxBytes: 1_000, signal: new AbortController().signal };
const picture: RequestListener = (_request, response) =>
  void response.writeHead(200, { "content-type": "Image/PNG; charset=binary" }).end("bytes");

/** The loopback stands for the public internet, everything else is as it is. */
const publicLoopback = (port: number, more: Partial<GuardedFetchOptions> = {}) =>
  createGuardedFetch({
    ports: [port],
    isAllowed: (address) => address === "127.0.0.1",
    resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    ...more,
  });

describe("isPublicAddress", () => {
  it.each(["8.8.8.8", "1.1.1.1", "2606:4700::1111", "193.99.144.80"])("takes %s", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ["loopback", "127.0.0.1"],
    ["loopback, far end", "127.255.255.254"],
    ["private", "10.0.0.1"],
    ["private", "172.31.255.255"],
    ["private", "192.168.1.1"],
    ["link-local, metadata of clouds", "169.254.169.254"],
    ["shared by carriers", "100.64.0.1"],
    ["this host", "0.0.0.0"],
    ["benchmarks", "198.18.0.1"],
    ["documentation", "192.0.2.1"],
    ["multicast", "224.0.0.1"],
    ["reserved", "240.0.0.1"],
    ["broadcast", "255.255.255.255"],
    ["loopback of IPv6", "::1"],
    ["unspecified", "::"],
    ["IPv4 mapped", "::ffff:127.0.0.1"],
    ["IPv4 mapped, in hexadecimal", "::ffff:7f00:1"],
    ["a public one, mapped", "::ffff:8.8.8.8"],
    ["NAT64", "64:ff9b::7f00:1"],
    ["6to4", "2002:7f00:1::"],
    ["unique local", "fd00:ec2::254"],
    ["link-local", "fe80::1"],
    ["multicast", "ff02::1"],
    ["documentation", "2001:db8::1"],
    ["no address", "localhost"],
    ["nothing", ""],
  ])("refuses %s: %s", (_what, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe("SEC-26: the guarded fetch", () => {
  it.each([
    "127.0.0.1",
    "localhost",
    "localhost.",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "0x7f000001",
    "0x7f.1",
    "2130706433",
    "0177.0.0.1",
    "127.1",
    "0",
    "0.0.0.0",
    "[::]",
    "127。0。0。1",
    "①②⑦.0.0.1",
  ])("never reaches the loopback as %s", async (host) => {
    const { port, seen } = await startServer(picture, "::");
    const fetchGuarded = createGuardedFetch({ ports: [port] });
    await expect(fetchGuarded(`http://${host}:${port}/`, limits)).rejects.toThrow(
      /not on the public internet|has no address/,
    );
    expect(seen).toEqual([]);
  });

  it.each([
    ["file:///etc/passwd", "only http and https"],
    ["ftp://example.com/a.png", "only http and https"],
    ["data:image/png;base64,AAAA", "only http and https"],
    ["http://user@example.com/", "user name"],
    ["https://:secret@example.com/", "user name or a password"],
    ["http://example.com:22/", "port"],
    ["http://example.com:8080/", "port"],
    ["http://[fe80::1%25eth0]/", "no address"],
    ["nonsense", "no address"],
  ])("refuses %s before anything is resolved", async (address, why) => {
    const resolved: string[] = [];
    const fetchGuarded = createGuardedFetch({
      resolve: async (hostname) => {
        resolved.push(hostname);
        return [];
      },
    });
    await expect(fetchGuarded(address, limits)).rejects.toThrow(why);
    expect(resolved).toEqual([]);
  });

  it("fetches what is allowed, with its type and no more headers than needed", async () => {
    let headers: unknown;
    const { port } = await startServer((request, response) => {
      ({ headers } = request);
      picture(request, response);
    });
    const { mediaType, data } = await publicLoopback(port)(`http://media.test:${port}/a.png`, limits);
    expect(mediaType).toBe("image/png");
    expect(Buffer.from(data).toString()).toBe("bytes");
    expect(Object.keys(headers ?? {}).toSorted()).toEqual([
      "accept",
      "accept-encoding",
      "connection",
      "host",
      "user-agent",
    ]);
  });

  it("refuses a name that has a forbidden address among public ones", async () => {
    const { port, seen } = await startServer(picture);
    const resolve = async () => [
      { address: "127.0.0.1", family: 4 },
      { address: "10.0.0.7", family: 4 },
    ];
    await expect(publicLoopback(port, { resolve })(`http://media.test:${port}/`, limits)).rejects.toThrow(
      "not on the public internet",
    );
    expect(seen).toEqual([]);
  });

  it("looks again at a name that changes its answer between two connections", async () => {
    const { port, seen } = await startServer((_request, response) => {
      response.writeHead(302, { location: "/again", connection: "close" }).end();
    });
    let asked = 0;
    // Public the first time, the inside from then on: a check made once and apart from the connection would let it pass.
    const resolve = async () => [{ address: (asked += 1) === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }];
    const fetching = publicLoopback(port, { resolve })(`http://media.test:${port}/`, limits);
    await expect(fetching).rejects.toThrow("not on the public internet");
    expect(asked).toBe(2);
    expect(seen).toHaveLength(1);
  });

  it("asks for a name once for each connection, and connects with that answer", async () => {
    const { port, seen } = await startServer(picture);
    let asked = 0;
    const resolve = async () => [{ address: (asked += 1) === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }];
    await publicLoopback(port, { resolve })(`http://media.test:${port}/`, limits);
    expect(asked).toBe(1);
    expect(seen).toEqual([{ url: "/", host: `media.test:${port}` }]);
  });

  it.each([
    ["an inner address", () => "http://127.0.0.2:PORT/", "not on the public internet"],
    ["the metadata service", () => "http://169.254.169.254:PORT/latest/meta-data", "not on the public internet"],
    ["another scheme", () => "file:///etc/passwd", "only http and https"],
    ["credentials", () => "http://a:b@media.test:PORT/", "user name"],
    ["another port", () => "http://media.test:1/", "port"],
  ])("does not follow a redirect to %s", async (_what, location, why) => {
    const { port, seen } = await startServer((_request, response) => {
      response.writeHead(302, { location: location().replace("PORT", String(port)) }).end();
    });
    await expect(publicLoopback(port)(`http://media.test:${port}/`, limits)).rejects.toThrow(new RegExp(why));
    expect(seen).toHaveLength(1);
  });

  it("follows three redirects and no more", async () => {
    const { port, seen } = await startServer((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) picture(request, response);
      else response.writeHead(307, { location: `/${left - 1}` }).end();
    });
    const fetchGuarded = publicLoopback(port);
    expect((await fetchGuarded(`http://media.test:${port}/3`, limits)).mediaType).toBe("image/png");
    expect(seen).toHaveLength(4);
    await expect(fetchGuarded(`http://media.test:${port}/4`, limits)).rejects.toThrow("more than 3 times");
  });

  it.each([
    ["announced", (bytes: number): Record<string, string> => ({ "content-length": String(bytes) })],
    ["not announced", (): Record<string, string> => ({})],
  ])("takes content up to its limit, its size %s", async (_what, headers) => {
    const { port } = await startServer((request, response) => {
      const bytes = Number(request.url?.slice(1));
      response.writeHead(200, { "content-type": "image/png", ...headers(bytes) });
      response.write("x".repeat(bytes - 1));
      response.end("x");
    });
    const fetchGuarded = publicLoopback(port);
    expect((await fetchGuarded(`http://media.test:${port}/1000`, limits)).data).toHaveLength(1_000);
    await expect(fetchGuarded(`http://media.test:${port}/1001`, limits)).rejects.toThrow("larger than 1000 bytes");
  });

  it.each([
    ["a status that is no success", 404, {}, "status 404"],
    ["an answer without a type", 200, {}, "does not say what it is"],
    ["a compressed answer", 200, { "content-type": "image/png", "content-encoding": "gzip" }, "compressed"],
  ])("refuses %s", async (_what, status, headers: Record<string, string>, why) => {
    const { port } = await startServer((_request, response) => void response.writeHead(status, headers).end("bytes"));
    await expect(publicLoopback(port)(`http://media.test:${port}/`, limits)).rejects.toThrow(why);
  });

  it("gives up on a server that never answers, and on one that drips for too long", async () => {
    const silent = await startServer(() => undefined);
    await expect(
      publicLoopback(silent.port, { totalTimeoutMs: 50 })(`http://media.test:${silent.port}/`, limits),
    ).rejects.toThrow("it took too long");
    const dripping = await startServer((_request, response) => {
      response.writeHead(200, { "content-type": "image/png" });
      const timer = setInterval(() => response.write("x"), 5);
      response.once("close", () => clearInterval(timer));
    });
    await expect(
      publicLoopback(dripping.port, { totalTimeoutMs: 60 })(`http://media.test:${dripping.port}/`, limits),
    ).rejects.toThrow("it took too long");
  });

  it("says nothing of the inside when a host cannot be reached or does not exist", async () => {
    const resolve = () => Promise.reject(new Error("ENOTFOUND at 10.0.0.53"));
    const error = await createGuardedFetch({ resolve })("http://nowhere.test/", limits).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(GuardedFetchError);
    expect(String(error)).not.toContain("10.0.0.53");
    await expect(publicLoopback(9)("http://media.test:9/", limits)).rejects.toThrow("could not be reached");
  });

  it("ends with the reason of the caller who goes away", async () => {
    const abort = new AbortController();
    const { port } = await startServer(() => abort.abort(new Error("gone")));
    const fetching = publicLoopback(port)(`http://media.test:${port}/`, { maxBytes: 10, signal: abort.signal });
    await expect(fetching).rejects.toThrow("gone");
  });
});

describe("a download", () => {
  const options = (port: number): Partial<GuardedFetchOptions> => ({
    resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    isAllowed: (address) => address === "127.0.0.1" || isPublicAddress(address),
    ports: [port],
  });
  const received = async ({ url, bytes }: { url: URL; bytes: AsyncIterable<Uint8Array> }) => ({
    path: url.pathname,
    text: Buffer.concat(await Array.fromAsync(bytes)).toString(),
  });

  it("is read while it arrives, from where redirects led, whatever type it has", async () => {
    const { port } = await startServer((request, response) => {
      if (request.url === "/a") response.writeHead(302, { location: "/b.pdf" }).end();
      else response.end("bytes");
    });
    const fetching = createGuardedDownload(options(port))(`http://media.test:${port}/a`, limits, received);
    expect(await fetching).toEqual({ path: "/b.pdf", text: "bytes" });
  });

  it.each([
    ["not_found", 404],
    ["not_found", 403],
    ["unreachable", 500],
  ])("says %s of an answer with status %i", async (fault, status) => {
    const { port } = await startServer((_request, response) => void response.writeHead(status).end());
    const fetching = createGuardedDownload(options(port))(`http://media.test:${port}/`, limits, received);
    await expect(fetching).rejects.toMatchObject({ fault });
  });

  it("says what is too large, too slow, out of reach and forbidden", async () => {
    const { port } = await startServer((request, response) => {
      if (request.url === "/large") response.end("x".repeat(2_000));
      else response.write("x");
    });
    const faultOf = (url: string, more: Partial<GuardedFetchOptions> = {}) =>
      createGuardedDownload({ ...options(port), ...more })(url, limits, received).then(
        () => "none",
        (error: unknown) => (error instanceof GuardedFetchError ? error.fault : "another"),
      );
    expect(await faultOf(`http://media.test:${port}/large`)).toBe("too_large");
    expect(await faultOf(`http://media.test:${port}/slow`, { totalTimeoutMs: 50 })).toBe("took_too_long");
    expect(await faultOf("http://media.test:9/", { ports: [9] })).toBe("unreachable");
    expect(await faultOf(`http://169.254.169.254:${port}/`)).toBe("refused");
  });

  it("passes on what its receiver throws", async () => {
    const { port } = await startServer((_request, response) => void response.end("bytes"));
    const fetching = createGuardedDownload(options(port))(`http://media.test:${port}/`, limits, () =>
      Promise.reject(new Error("the disk is full")),
    );
    await expect(fetching).rejects.toThrow("the disk is full");
  });

  it("reaches a host inside only where it is trusted, and nothing else from there", async () => {
    const inner = await startServer((_request, response) => void response.end("secret"));
    const trusted = await startServer((request, response) => {
      if (request.url === "/away") response.writeHead(302, { location: `http://127.0.0.1:${inner.port}/` }).end();
      else response.end("bytes");
    });
    const download = createGuardedDownload({ insideHosts: new Set([`127.0.0.1:${trusted.port}`]) });
    const from = (path: string) => download(`http://127.0.0.1:${trusted.port}${path}`, limits, received);
    expect(await from("/here")).toMatchObject({ text: "bytes" });
    await expect(from("/away")).rejects.toMatchObject({ fault: "refused" });
    expect(inner.seen).toEqual([]);
  });
});
