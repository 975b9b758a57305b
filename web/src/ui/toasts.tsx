import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";

const toasts = Toast.createToastManager();

/** Tells of a failure that has no place of its own on the page. */
export const showError = (message: string): void => {
  toasts.add({ title: message, type: "error", priority: "high" });
};

const List = () => {
  const { toasts: shown } = Toast.useToastManager();
  return shown.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className="flex items-start justify-between gap-3 rounded-lg border border-danger bg-raised p-3 shadow-card"
    >
      <Toast.Title className="min-w-0 break-words" />
      <Toast.Close aria-label="Close" className="rounded p-1 text-faint hover:bg-hover hover:text-text">
        <X size={14} />
      </Toast.Close>
    </Toast.Root>
  ));
};

/** The corner in which toasts appear; stands once, around everything. */
export const Toasts = () => (
  <Toast.Provider toastManager={toasts}>
    <Toast.Portal>
      <Toast.Viewport className="fixed right-4 bottom-4 z-10 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2">
        <List />
      </Toast.Viewport>
    </Toast.Portal>
  </Toast.Provider>
);
