/** The provider did not answer as a provider does: too late, too much, a redirect, or nothing at all. */
export class ProviderUnreachable extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`The provider of sign-in cannot be asked: ${reason}.`, { cause });
    this.name = "ProviderUnreachable";
  }
}

export interface ProviderLimits {
  timeoutMs: number;
  maxBytes: number;
}

const providerLimits: ProviderLimits = { timeoutMs: 10_000, maxBytes: 1_048_576 };

const loopbackHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether an address may be asked without TLS: only one of this very machine. */
const isLoopback = (url: URL): boolean => loopbackHosts.has(url.hostname);

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

async function readAll(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (size > maxBytes) throw new ProviderUnreachable(`its answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

async function ask(url: string, init: RequestInit, { timeoutMs, maxBytes }: ProviderLimits): Promise<Response> {
  // The signal also ends a body that comes drop by drop.
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, { ...init, redirect: "manual", signal });
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    throw new ProviderUnreachable("it answers with a redirect");
  }
  // A declared length is refused before anything is read.
  if (Number(response.headers.get("content-length") ?? 0) > maxBytes) {
    await response.body?.cancel();
    throw new ProviderUnreachable(`its answer is larger than ${maxBytes} bytes`);
  }
  const body = await readAll(response, maxBytes);
  const headers = new Headers();
  for (const name of ["content-type", "www-authenticate"]) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(body.byteLength === 0 ? null : body, { status: response.status, headers });
}

/** The one way to the provider: https (or this machine), no redirects, limited in time and size. */
export const createProviderFetch =
  (allowHttp: boolean, limits: ProviderLimits = providerLimits): Fetch =>
  async (url, init) => {
    const target = new URL(url);
    const isAllowed = target.protocol === "https:" || (allowHttp && target.protocol === "http:" && isLoopback(target));
    if (!isAllowed) throw new ProviderUnreachable("its address has no TLS");
    try {
      return await ask(url, init, limits);
    } catch (error) {
      if (error instanceof ProviderUnreachable) throw error;
      throw new ProviderUnreachable(
        error instanceof Error && error.name === "TimeoutError" ? "it did not answer in time" : "the connection failed",
        error,
      );
    }
  };
