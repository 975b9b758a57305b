import { Check, Copy } from "lucide-react";
import { useState } from "react";

/** A text that a program will need, with a button that copies it. */
export const Copyable = ({ text }: { text: string }) => {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setIsCopied(true);
  };
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <code className="truncate font-mono text-xs">{text}</code>
      <button
        type="button"
        className="rounded p-1 text-faint hover:bg-hover hover:text-text"
        aria-label={isCopied ? "Copied" : `Copy ${text}`}
        onClick={() => void copy()}
      >
        {isCopied ? <Check size={14} /> : <Copy size={14} />}
      </button>
    </span>
  );
};
