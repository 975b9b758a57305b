import { toFunction } from "@llm-tuner/gateway/hosts/firebase.ts";
import { createSatellite } from "@llm-tuner/gateway/satellite/satellite.ts";
import { readSatelliteSettings } from "@llm-tuner/gateway/satellite/settings.ts";
import { consoleLog } from "./console-log.ts";

const satellite = createSatellite({ settings: readSatelliteSettings(process.env), log: consoleLog });

/** Each is the handler of one function, to be wrapped in `onRequest` of firebase-functions; see README.md. */
export const openaiGenerate = toFunction(satellite.openaiGenerate);
export const anthropicGenerate = toFunction(satellite.anthropicGenerate);
export const listProviders = toFunction(satellite.listProviders);
export const gateway = toFunction(satellite.gateway);
