import { Tooltip } from "@base-ui/react/tooltip";
import type { ReactNode } from "react";

/** A term of the field with its plain meaning on hover and focus. */
export const Term = ({ children, meaning }: { children: ReactNode; meaning: string }) => (
  <Tooltip.Root>
    <Tooltip.Trigger
      render={
        <span
          tabIndex={0}
          className="cursor-help underline decoration-line-strong decoration-dotted underline-offset-4"
        />
      }
    >
      {children}
    </Tooltip.Trigger>
    <Tooltip.Portal>
      <Tooltip.Positioner sideOffset={6}>
        <Tooltip.Popup className="max-w-72 rounded-md border border-line bg-raised px-3 py-2 text-xs text-text shadow-card">
          {meaning}
        </Tooltip.Popup>
      </Tooltip.Positioner>
    </Tooltip.Portal>
  </Tooltip.Root>
);
