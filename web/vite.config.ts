import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const platform = "http://localhost:5000";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // The platform's content security policy allows no inline script, so none may be made.
  build: {
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // Chunks would run in another order than the modules in them: schemas before src/without-evaluation.ts.
        strictExecutionOrder: true,
        // What many pages share comes as one file rather than as forty.
        codeSplitting: { groups: [{ name: "shared", minShareCount: 4, maxSize: 400_000 }] },
      },
    },
  },
  server: { proxy: Object.fromEntries(["/api", "/v1", "/health"].map((path) => [path, platform])) },
});
