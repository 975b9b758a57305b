import { createGateway } from "../src/gateway.ts";
import { createDirectModels } from "../src/satellite/direct-models.ts";
import { createSatellitePorts } from "../src/satellite/satellite.ts";
import { readSatelliteSettings } from "../src/satellite/settings.ts";
import { describeHost } from "./gateway.suite.ts";
import { listen } from "./listen.ts";
import { silentLog } from "./silent-log.ts";

describeHost("Node's http server", async (environment) => {
  const settings = readSatelliteSettings(environment);
  const ports = createSatellitePorts({ settings, log: silentLog });
  const gateway = createGateway({ ...ports, models: createDirectModels(settings.providers) });
  const host = await listen((request, response) => void gateway.handleNode(request, response));
  return {
    url: host.url,
    async close() {
      await host.close();
      await gateway.close();
    },
  };
});
