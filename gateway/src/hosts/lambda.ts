import { pump } from "./pump.ts";
import type { WebHandler } from "./web.ts";

/** An event of a function URL, or of an HTTP API with payload format 2.0. */
export interface LambdaEvent {
  rawPath: string;
  rawQueryString: string;
  headers: Readonly<Record<string, string | undefined>>;
  body?: string;
  isBase64Encoded?: boolean;
  requestContext: { http: { method: string } };
}

/** The stream that `awslambda.streamifyResponse` gives. */
export interface LambdaStream {
  write(bytes: Uint8Array): boolean;
  end(): unknown;
  destroy(error?: Error): unknown;
  once(event: "drain" | "close", listener: () => void): unknown;
}

/** The global `awslambda` of Lambda's Node runtime. */
export interface LambdaRuntime {
  streamifyResponse<Handler>(handler: Handler): Handler;
  HttpResponseStream: {
    from(stream: LambdaStream, head: { statusCode: number; headers: Record<string, string> }): LambdaStream;
  };
}

const anyHost = "http://function.invalid";

const bodyOf = ({ body, isBase64Encoded = false }: LambdaEvent): Uint8Array<ArrayBuffer> | undefined => {
  if (body === undefined || body === "") return undefined;
  if (!isBase64Encoded) return new TextEncoder().encode(body);
  return Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
};

const webRequest = (event: LambdaEvent): Request => {
  const { method } = event.requestContext.http;
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers)) if (value !== undefined) headers.set(name, value);
  const query = event.rawQueryString === "" ? "" : `?${event.rawQueryString}`;
  const body = method === "GET" || method === "HEAD" ? undefined : bodyOf(event);
  return new Request(new URL(event.rawPath + query, anyHost), {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
};

/**
 * A streaming function of Lambda behind a function URL in the mode `RESPONSE_STREAM`. The runtime does not wait for anything
 * once the stream has ended, so whatever is to be settled is waited for before.
 */
export const toLambda = (handler: WebHandler, runtime: LambdaRuntime) =>
  runtime.streamifyResponse(async (event: LambdaEvent, stream: LambdaStream): Promise<void> => {
    const pending: Promise<unknown>[] = [];
    const answer = await handler(webRequest(event), { waitUntil: (promise) => void pending.push(promise) });
    const head = { statusCode: answer.status, headers: Object.fromEntries(answer.headers) };
    const response = runtime.HttpResponseStream.from(stream, head);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      await pump(answer.body, response, gone.signal);
      await Promise.allSettled(pending);
      response.end();
    } catch (error) {
      await Promise.allSettled(pending);
      response.destroy(error instanceof Error ? error : new Error("the answer broke off"));
    }
  });
