import type { DomainModule } from "../platform/module.ts";
import { createSatelliteRoutes } from "./satellites.routes.ts";
import { createSatelliteUsecases, type SatelliteDependencies } from "./satellites.usecases.ts";

/** Gateways that run elsewhere and report here: who calls them, what may be used, what was used. */
export const createSatellitesModule = (dependencies: SatelliteDependencies): DomainModule => ({
  routes: createSatelliteRoutes(createSatelliteUsecases(dependencies)),
  workers: [],
});
