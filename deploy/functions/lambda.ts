import { type LambdaRuntime, toLambda } from "@llm-tuner/gateway/hosts/lambda.ts";
import { routeFunctions } from "@llm-tuner/gateway/satellite/route-functions.ts";
import { createSatellite } from "@llm-tuner/gateway/satellite/satellite.ts";
import { readSatelliteSettings } from "@llm-tuner/gateway/satellite/settings.ts";
import { consoleLog } from "./console-log.ts";

declare global {
  /** Of Lambda's Node runtime. */
  var awslambda: LambdaRuntime;
}

const satellite = createSatellite({ settings: readSatelliteSettings(process.env), log: consoleLog });

export const handler = toLambda(routeFunctions(satellite), globalThis.awslambda);
