import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const project = (name: string) => ({
  extends: true as const,
  test: { name, include: [`${name}/**/*.test.ts`], exclude: ["**/node_modules/**", "**/dist/**"] },
});

/** Of modules that keep nothing between calls: they are loaded once for many files. Whoever fakes something puts it back. */
const sharing = (name: string) => {
  const { extends: inherits, test } = project(name);
  return { extends: inherits, test: { ...test, isolate: false } };
};

const server = project("server");

// vitest takes its configuration from the default export.
export default defineConfig({
  test: {
    environment: "node",
    // Integration tests start databases, servers and trainers; the limits catch what hangs, not what is slow.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // What is waited for comes when it comes: a machine with other work to do is slow, not broken.
    expect: { poll: { timeout: 60_000, interval: 20 } },
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      sharing("contract"),
      sharing("gateway"),
      { ...server, test: { ...server.test, globalSetup: "server/src/platform/testing/global-setup.ts" } },
      project("tools"),
      sharing("web"),
      project("e2e"),
      project("bench"),
    ],
  },
});
