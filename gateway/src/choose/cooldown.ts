/** Which deployments rest after failing, in this process. */
export interface Cooldown {
  isResting(deployment: string): boolean;
  succeeded(deployment: string): void;
  /** A fault of the deployment. `retryAfterSeconds` is its own word for how long it wants to rest. */
  failed(deployment: string, retryAfterSeconds?: number): void;
}

interface Health {
  failuresInARow: number;
  restsUntilMs: number;
}

/** No provider's word keeps its deployment away for longer. */
const longestRestMs = 300_000;

/**
 * A deployment rests after so many failures in a row, or at once when it says how long it wants to be left alone. After its
 * rest a single failure makes it rest again. `nowMs` is a monotonic clock.
 */
export const createCooldown = ({
  failuresBeforeCooldown,
  cooldownMs,
  nowMs,
}: {
  failuresBeforeCooldown: number;
  cooldownMs: number;
  nowMs: () => number;
}): Cooldown => {
  // Only what failed last is kept, so it is bounded by the number of deployments that are configured.
  const healths = new Map<string, Health>();
  return {
    isResting: (deployment) => (healths.get(deployment)?.restsUntilMs ?? 0) > nowMs(),
    succeeded: (deployment) => void healths.delete(deployment),
    failed(deployment, retryAfterSeconds) {
      const health = healths.get(deployment) ?? { failuresInARow: 0, restsUntilMs: 0 };
      health.failuresInARow += 1;
      if (retryAfterSeconds !== undefined) {
        health.restsUntilMs = nowMs() + Math.min(longestRestMs, retryAfterSeconds * 1000);
      } else if (health.failuresInARow >= failuresBeforeCooldown) {
        health.restsUntilMs = nowMs() + cooldownMs;
      }
      healths.set(deployment, health);
    },
  };
};
