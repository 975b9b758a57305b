import type { IncomingMessage, ServerResponse } from "node:http";
import { type LambdaEvent, type LambdaRuntime, type LambdaStream, toLambda } from "../src/hosts/lambda.ts";
import { routeFunctions } from "../src/satellite/route-functions.ts";
import { createSatellite } from "../src/satellite/satellite.ts";
import { readSatelliteSettings } from "../src/satellite/settings.ts";
import { describeFunctions } from "./functions.suite.ts";
import { describeHost } from "./gateway.suite.ts";
import { listen } from "./listen.ts";
import { silentLog } from "./silent-log.ts";
import type { StartHost } from "./surroundings.ts";

/** The streams that the emulated runtime gave out, each with the connection behind it. */
const connections = new WeakMap<LambdaStream, ServerResponse>();

const runtime: LambdaRuntime = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: {
    from(stream, { statusCode, headers }) {
      connections.get(stream)?.writeHead(statusCode, headers);
      return stream;
    },
  },
};

const eventOf = async (request: IncomingMessage): Promise<LambdaEvent> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(Buffer.from(piece));
  const url = new URL(request.url ?? "/", "http://lambda.invalid");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = [value].flat().join(", ");
  return {
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    ...(pieces.length === 0 ? {} : { body: Buffer.concat(pieces).toString("base64"), isBase64Encoded: true }),
    requestContext: { http: { method: request.method ?? "GET" } },
  };
};

/** As a function URL in the mode RESPONSE_STREAM calls: an event in, a stream with a head out. */
const startLambda: StartHost = async (environment) => {
  const settings = readSatelliteSettings(environment);
  const handle = toLambda(routeFunctions(createSatellite({ settings, log: silentLog })), runtime);
  return listen((request, response) => {
    connections.set(response, response);
    const answered = eventOf(request).then((event) => handle(event, response));
    answered.catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
};

describeHost("a function of Lambda", startLambda);
describeFunctions("Lambda", startLambda);
