import { startFakeUpstream } from "../src/testing/fake-upstream.ts";
import { satelliteKey, startFakePlatform } from "./fake-platform.ts";

/** A host that has been started with these variables. */
export interface RunningHost {
  url: string;
  close(): Promise<void>;
}

export type StartHost = (environment: Readonly<Record<string, string>>) => Promise<RunningHost>;

/** The one page whose scripts may call. */
export const page = "https://app.example.org";

/** A host between a platform and a provider. */
export async function startBetweenFakes(start: StartHost) {
  const [upstream, platform] = await Promise.all([startFakeUpstream(), startFakePlatform()]);
  const host = await start({
    PLATFORM_URL: platform.url,
    PLATFORM_API_KEY: satelliteKey,
    OPENAI_API_KEY: "sk-upstream",
    OPENAI_BASE_URL: upstream.origin.origin,
    ALLOWED_ORIGINS: page,
  });
  return {
    upstream,
    platform,
    host,
    async close() {
      await host.close();
      await Promise.all([upstream.close(), platform.close()]);
    },
  };
}
