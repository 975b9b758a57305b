import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const project = (name: string) => ({
  extends: true as const,
  test: { name, include: [`${name}/**/*.test.ts`], exclude: ["**/node_modules/**", "**/dist/**"] },
});

const server = project("server");

// vitest takes its configuration from the default export.
export default defineConfig({
  test: {
    environment: "node",
    // Integration tests start databases, servers and trainers; the limits catch what hangs, not what is slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      project("contract"),
      project("gateway"),
      { ...server, test: { ...server.test, globalSetup: "server/src/platform/testing/global-setup.ts" } },
      project("tools"),
      project("web"),
      project("e2e"),
    ],
  },
});
