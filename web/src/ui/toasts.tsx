import { Toast } from "@base-ui/react/toast";
import { clsx } from "clsx";
import { CircleAlert, CircleCheck, X } from "lucide-react";

const toasts = Toast.createToastManager();

/** Tells of a failure that has no place of its own on the page; `details` are what to do and what support asks for. */
export const showError = (message: string, details: readonly (string | undefined)[] = []): void => {
  const description = details.filter((detail) => detail !== undefined).join(" ");
  toasts.add({ title: message, description, type: "error", priority: "high", timeout: 12_000 });
};

interface NoticeAction {
  word: string;
  onPress(): void;
}

/** Tells that something was done; with an action it stays long enough to take it. */
export const showNotice = (message: string, action?: NoticeAction): void => {
  toasts.add({
    title: message,
    type: "notice",
    timeout: action === undefined ? 4000 : 12_000,
    ...(action === undefined ? {} : { actionProps: { children: action.word, onClick: action.onPress } }),
  });
};

const List = () => {
  const { toasts: shown } = Toast.useToastManager();
  return shown.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className={clsx(
        "flex items-start gap-3 rounded-lg border bg-raised p-3 shadow-card",
        toast.type === "error" ? "border-danger" : "border-line-strong",
      )}
    >
      {toast.type === "error" ? (
        <CircleAlert aria-hidden size={16} className="mt-1 shrink-0 text-danger" />
      ) : (
        <CircleCheck aria-hidden size={16} className="mt-1 shrink-0 text-success" />
      )}
      <div className="min-w-0 flex-1 break-words">
        <Toast.Title className="text-sm font-medium" />
        <Toast.Description className="text-xs text-soft empty:hidden" />
        <Toast.Action className="mt-1 rounded text-xs font-medium text-accent-text hover:underline empty:hidden" />
      </div>
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
      <Toast.Viewport className="fixed right-4 bottom-20 z-30 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 sm:bottom-4">
        <List />
      </Toast.Viewport>
    </Toast.Portal>
  </Toast.Provider>
);
