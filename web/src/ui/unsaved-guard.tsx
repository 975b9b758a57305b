import { useBlocker } from "@tanstack/react-router";
import { Confirm } from "./confirm.tsx";

/** Asks before a page is left whose form holds changes that were not saved. */
export const UnsavedGuard = ({ isDirty }: { isDirty: boolean }) => {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => isDirty && current.pathname !== next.pathname,
    enableBeforeUnload: isDirty,
    withResolver: true,
  });
  return (
    <Confirm
      open={status === "blocked"}
      onOpenChange={(open) => (open ? undefined : reset?.())}
      title="Leave without saving?"
      confirm="Leave"
      cancel="Stay"
      onConfirm={() => proceed?.()}
    >
      What you changed on this page has not been saved.
    </Confirm>
  );
};
