import type { IncomingMessage } from "node:http";
import { toFunction } from "../src/hosts/firebase.ts";
import { routeFunctions } from "../src/satellite/route-functions.ts";
import { createSatellite } from "../src/satellite/satellite.ts";
import { readSatelliteSettings } from "../src/satellite/settings.ts";
import { describeFunctions } from "./functions.suite.ts";
import { describeHost } from "./gateway.suite.ts";
import { listen } from "./listen.ts";
import { silentLog } from "./silent-log.ts";
import type { StartHost } from "./surroundings.ts";

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
};

/** As the functions framework calls a function: Node's own request with the body already read into `rawBody`. */
const startFunctions: StartHost = async (environment) => {
  const handle = toFunction(
    routeFunctions(createSatellite({ settings: readSatelliteSettings(environment), log: silentLog })),
  );
  return listen((request, response) => {
    const answered = bodyOf(request).then((rawBody) =>
      handle({ method: request.method ?? "GET", url: request.url ?? "/", headers: request.headers, rawBody }, response),
    );
    answered.catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
};

describeHost("a function of Firebase", startFunctions);
describeFunctions("Firebase", startFunctions);
