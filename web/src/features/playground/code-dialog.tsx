import { Link } from "@tanstack/react-router";
import { Code } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { SelectField } from "../../ui/field.tsx";
import { showNotice } from "../../ui/toasts.tsx";
import type { ChatRequest } from "./chat-request.ts";
import { snippetLanguages, snippetOf, type SnippetLanguage } from "./snippets.ts";

/** Absent where the page is neither https nor on this machine: the text can be marked by hand there. */
const clipboard: Clipboard | undefined = navigator.clipboard;

const Snippet = ({ request }: { request: ChatRequest }) => {
  const [language, setLanguage] = useState<SnippetLanguage>("curl");
  const text = snippetOf(request, language, location.origin);
  return (
    <div className="flex flex-col gap-3">
      <SelectField
        label="Language"
        value={language}
        onChange={({ target }) =>
          setLanguage(snippetLanguages.find(({ value }) => value === target.value)?.value ?? "curl")
        }
      >
        {snippetLanguages.map(({ value, word }) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </SelectField>
      <pre
        // A part of the page that scrolls has to be reached by the keyboard as well.
        tabIndex={0}
        aria-label="The request as code"
        className="max-h-80 overflow-auto rounded-md bg-sunken p-3 font-mono text-xs"
      >
        {text}
      </pre>
      {clipboard !== undefined && (
        <Button
          look="primary"
          className="self-end"
          onClick={() => void clipboard.writeText(text).then(() => showNotice("The code is copied."))}
        >
          Copy
        </Button>
      )}
    </div>
  );
};

/** The present request as a program sends it. */
export const CodeButton = ({ label, request }: { label: string; request: ChatRequest }) => {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button aria-label={`${label} as code`} title="As code" onClick={() => setIsOpen(true)}>
        <Code aria-hidden size={16} />
      </Button>
      <Dialog
        open={isOpen}
        onClose={() => setIsOpen(false)}
        title="Ask the same from a program"
        description={
          <>
            Put a key from{" "}
            <Link to="/keys" className="text-accent-text hover:underline">
              Keys
            </Link>{" "}
            into the environment as LLM_TUNER_API_KEY.
          </>
        }
      >
        <Snippet request={request} />
      </Dialog>
    </>
  );
};
