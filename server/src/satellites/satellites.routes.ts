import { authenticateForSatellite, reserveForSatellite, settleForSatellite } from "@llm-tuner/contract/satellites.ts";
import { type Route, route } from "../platform/http/route.ts";
import type { SatelliteUsecases } from "./satellites.usecases.ts";

export const createSatelliteRoutes = (satellites: SatelliteUsecases): readonly Route[] => [
  route(authenticateForSatellite, async ({ caller, body }) => ({
    status: 200,
    body: await satellites.authenticate(caller, body),
  })),
  route(reserveForSatellite, async ({ caller, body }) => ({
    status: 200,
    body: await satellites.reserve(caller, body),
  })),
  route(settleForSatellite, async ({ caller, body }) => ({ status: 200, body: await satellites.settle(caller, body) })),
];
