import "./without-evaluation.ts";
import { Tooltip } from "@base-ui/react/tooltip";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { CallError } from "./api/call.ts";
import { takeUpReturn } from "./api/external-return.ts";
import { currentSession, onSessionChange } from "./api/session.ts";
import { router } from "./app/router.tsx";
import { forgetPlayground } from "./features/playground/playground-store.ts";
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

// Nothing of one person is shown to the next or left on the device, in whichever tab they change.
let person = currentSession()?.email;
if (person === undefined) forgetPlayground();
onSessionChange(() => {
  const next = currentSession()?.email;
  if (next === person) return;
  person = next;
  queries.clear();
  forgetPlayground();
});

const element = document.getElementById("root");
if (element === null) throw new Error("index.html has no element with the id root");

await takeUpReturn();

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
