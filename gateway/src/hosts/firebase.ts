import { pump } from "./pump.ts";
import type { WebHandler } from "./web.ts";

/** What a function of Firebase (and every framework of Express's form) is given; the body has been read already. */
export interface FunctionRequest {
  method: string;
  /** Path and query behind the function's own name. */
  url: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  rawBody?: Uint8Array;
}

/** Where it answers. */
export interface FunctionResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(bytes: Uint8Array): boolean;
  end(): unknown;
  destroy(error?: Error): unknown;
  once(event: "drain" | "close", listener: () => void): unknown;
  readonly writableFinished: boolean;
}

/** A host is needed to make a URL, and looked at by nobody. */
const anyHost = "http://function.invalid";

const headersOf = (request: FunctionRequest): Headers => {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one);
  }
  return headers;
};

const webRequest = (request: FunctionRequest, signal: AbortSignal): Request => {
  const { method, rawBody } = request;
  const hasBody = rawBody !== undefined && rawBody.length > 0 && method !== "GET" && method !== "HEAD";
  return new Request(new URL(request.url, anyHost), {
    method,
    headers: headersOf(request),
    signal,
    ...(hasBody ? { body: new Uint8Array(rawBody) } : {}),
  });
};

/** A function of Firebase: `onRequest(toFunction(handler))`. Resolves when the answer is written or the client has gone. */
export const toFunction =
  (handler: WebHandler) =>
  async (request: FunctionRequest, response: FunctionResponse): Promise<void> => {
    const gone = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) gone.abort();
    });
    const pending: Promise<unknown>[] = [];
    const waitUntil = (promise: Promise<unknown>): void => void pending.push(promise);
    const answer = await handler(webRequest(request, gone.signal), { waitUntil });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    try {
      await pump(answer.body, response, gone.signal);
      response.end();
    } catch (error) {
      // The answer broke off, and must not look complete.
      response.destroy(error instanceof Error ? error : new Error("the answer broke off"));
    }
    // After a function returns it may be frozen, so what is still to be settled is waited for.
    await Promise.allSettled(pending);
  };
