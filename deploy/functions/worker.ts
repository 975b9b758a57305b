import { toWorker } from "@llm-tuner/gateway/hosts/workers.ts";
import { routeFunctions } from "@llm-tuner/gateway/satellite/route-functions.ts";
import { createSatellite } from "@llm-tuner/gateway/satellite/satellite.ts";
import { readSatelliteSettings } from "@llm-tuner/gateway/satellite/settings.ts";
import { consoleLog } from "./console-log.ts";

const worker = toWorker((environment: Record<string, unknown>) =>
  routeFunctions(createSatellite({ settings: readSatelliteSettings(environment), log: consoleLog })),
);

// Workers take their module from the default export.
export default worker;
