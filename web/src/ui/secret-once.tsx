import { Check, Copy, Download } from "lucide-react";
import { useState } from "react";
import { Button } from "./button.tsx";
import { saveFile } from "./save-file.ts";

interface SecretOnceProps {
  secret: string;
  fileName: string;
  onStored(): void;
}

/** A secret that can be read this once: copied or downloaded, then gone. */
export const SecretOnce = ({ secret, fileName, onStored }: SecretOnceProps) => {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(secret);
    setIsCopied(true);
  };
  return (
    <div role="status" className="flex flex-col gap-3">
      <code className="rounded-md border border-line bg-sunken p-3 font-mono text-xs break-all select-all">
        {secret}
      </code>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => void copy()}>
          {isCopied ? <Check aria-hidden size={14} /> : <Copy aria-hidden size={14} />}
          {isCopied ? "Copied" : "Copy"}
        </Button>
        <Button onClick={() => saveFile(new Blob([`${secret}\n`], { type: "text/plain" }), fileName)}>
          <Download aria-hidden size={14} />
          Download
        </Button>
        <Button look="primary" className="ml-auto" onClick={onStored}>
          I have stored it
        </Button>
      </div>
    </div>
  );
};
