import { Moon, Sun } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/button.tsx";

type Theme = "dark" | "light";

const shownTheme = (): Theme => {
  const { theme } = document.documentElement.dataset;
  if (theme === "dark" || theme === "light") return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
};

/** Follows the system until the person chooses; the choice is kept for this browser. */
export const ThemeButton = () => {
  const [theme, setTheme] = useState(shownTheme);
  const other: Theme = theme === "dark" ? "light" : "dark";
  const change = (): void => {
    document.documentElement.dataset["theme"] = other;
    localStorage.setItem("theme", other);
    setTheme(other);
  };
  return (
    <Button look="quiet" aria-label={`Use the ${other} theme`} onClick={change}>
      {theme === "dark" ? <Sun size={16} /> : <Moon size={16} />}
    </Button>
  );
};
