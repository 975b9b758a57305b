import { Tooltip } from "@base-ui/react/tooltip";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { CallError } from "./api/call.ts";
import { router } from "./app/router.tsx";
import "./ui/style.css";
import { Toasts } from "./ui/toasts.tsx";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What the platform refused it will refuse again; a lost connection may come back.
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof CallError) || error.status === 0 || error.status >= 500),
    },
  },
});

const element = document.getElementById("root");
if (element === null) throw new Error("index.html has no element with the id root");

createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Tooltip.Provider delay={200}>
        <RouterProvider router={router} />
        <Toasts />
      </Tooltip.Provider>
    </QueryClientProvider>
  </StrictMode>,
);
