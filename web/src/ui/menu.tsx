import { Menu as Base } from "@base-ui/react/menu";
import { clsx } from "clsx";
import type { ReactElement, ReactNode } from "react";

interface MenuAct {
  word: string;
  icon?: ReactNode;
  isDangerous?: boolean;
  onSelect(): void;
}

interface MenuProps {
  trigger: ReactElement<Record<string, unknown>>;
  /** What the acts are about, above them. */
  heading?: ReactNode;
  acts: readonly MenuAct[];
}

/** Acts on one thing, behind one button. */
export const Menu = ({ trigger, heading, acts }: MenuProps) => (
  <Base.Root modal={false}>
    <Base.Trigger render={trigger} />
    <Base.Portal>
      <Base.Positioner sideOffset={4} align="end" className="z-20">
        <Base.Popup className="min-w-44 rounded-md border border-line bg-raised p-1 shadow-card outline-none">
          {heading !== undefined && (
            <div className="mb-1 max-w-72 border-b border-line px-3 py-2 text-xs break-words text-faint">{heading}</div>
          )}
          {acts.map(({ word, icon, isDangerous = false, onSelect }) => (
            <Base.Item
              key={word}
              onClick={onSelect}
              className={clsx(
                "flex cursor-pointer items-center gap-2 rounded px-3 py-2 outline-none select-none data-highlighted:bg-hover",
                isDangerous ? "text-danger" : "text-text",
              )}
            >
              {icon}
              {word}
            </Base.Item>
          ))}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  </Base.Root>
);
