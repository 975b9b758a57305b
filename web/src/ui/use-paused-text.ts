import { useEffect, useState } from "react";

interface PausedText {
  /** What the address says. */
  value: string;
  /** Called when the person pauses, so that not every letter asks the platform. */
  onChange(text: string): void;
  pauseMs: number;
  /** What the address will say of a text that it is told. */
  read?: (text: string) => string;
}

const unchanged = (text: string): string => text;

/**
 * The text of a field that the address follows. The address is late: what it says of an earlier text must not take the
 * place of what was typed since, but a link or the back button must.
 */
export const usePausedText = ({ value, onChange, pauseMs, read = unchanged }: PausedText) => {
  const [text, setText] = useState(value);
  const [shown, setShown] = useState(value);
  /** What the address was told and does not say yet, in order. */
  const [told, setTold] = useState<readonly string[]>([]);
  if (shown !== value) {
    setShown(value);
    if (!told.includes(value)) {
      setTold([]);
      setText(value);
    }
  }
  if (told.length > 0 && told.at(-1) === value) setTold([]);
  const wanted = read(text.trim());
  const isTold = (told.at(-1) ?? value) === wanted;
  useEffect(() => {
    if (isTold) return undefined;
    const timer = setTimeout(() => {
      setTold((before) => [...before, wanted]);
      onChange(wanted);
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [wanted, isTold, onChange, pauseMs]);
  return [text, setText] as const;
};
