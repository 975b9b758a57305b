import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { X } from "lucide-react";

export const backdropClass = "fixed inset-0 z-20 bg-black/50";
export const popupClass =
  "fixed top-1/2 left-1/2 z-20 max-h-[calc(100dvh-2rem)] w-[min(30rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-lg border border-line bg-raised p-5 shadow-card";

interface DialogProps {
  open: boolean;
  onClose(): void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
}

/** A form above the page. A press outside does not close it: what was typed would be lost by a slip. */
export const Dialog = ({ open, onClose, title, description, children }: DialogProps) => (
  <Base.Root open={open} disablePointerDismissal onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}>
    <Base.Portal>
      <Base.Backdrop className={backdropClass} />
      <Base.Popup className={popupClass}>
        <div className="flex items-start justify-between gap-3">
          <Base.Title className="min-w-0 text-base font-semibold break-words">{title}</Base.Title>
          <Base.Close aria-label="Close" className="-m-1 rounded p-1 text-faint hover:bg-hover hover:text-text">
            <X size={16} />
          </Base.Close>
        </div>
        {description !== undefined && <Base.Description className="mt-1 text-soft">{description}</Base.Description>}
        <div className="mt-4">{children}</div>
      </Base.Popup>
    </Base.Portal>
  </Base.Root>
);
