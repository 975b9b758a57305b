import { Dialog } from "../../../ui/dialog.tsx";

const shortcuts = [
  ["j / ↓", "Next tag"],
  ["k / ↑", "Previous tag"],
  ["a", "Accept the tag"],
  ["r", "Reject the tag"],
  ["e", "Put another tag in its place"],
  ["Shift + A", "Accept all that wait"],
  ["n", "Next document of the job"],
  ["p", "Previous document of the job"],
  ["?", "These shortcuts"],
] as const;

export const Shortcuts = ({ open, onClose }: { open: boolean; onClose(): void }) => (
  <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
    <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-4 gap-y-2">
      {shortcuts.map(([keys, meaning]) => (
        <div key={keys} className="contents">
          <dt>
            <kbd className="rounded border border-line bg-sunken px-1.5 py-0.5 font-mono text-xs">{keys}</kbd>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  </Dialog>
);
