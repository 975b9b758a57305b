import { defineConfig } from "vitest/config";

// vitest takes its configuration from the default export.
export default defineConfig({
  test: {
    include: ["{contract,gateway,server,tools}/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    environment: "node",
  },
});
