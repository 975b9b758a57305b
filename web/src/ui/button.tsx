import { clsx } from "clsx";
import type { ButtonHTMLAttributes } from "react";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "primary" | "secondary" | "quiet" | "danger";
  /** Shows that the action is under way and keeps it from being started twice. */
  isBusy?: boolean;
}

const looks = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover",
  secondary: "border border-line bg-raised text-text hover:bg-hover",
  quiet: "text-soft hover:bg-hover hover:text-text",
  danger: "border border-danger text-danger hover:bg-danger-soft",
} as const;

export const buttonClass = (look: keyof typeof looks = "secondary"): string =>
  clsx(
    "inline-flex h-9 items-center justify-center gap-2 rounded-md px-3 font-medium whitespace-nowrap transition-colors duration-100",
    "disabled:cursor-not-allowed disabled:opacity-60",
    looks[look],
  );

export const Button = ({ look = "secondary", isBusy = false, className, children, disabled, ...rest }: ButtonProps) => (
  <button
    type="button"
    {...rest}
    disabled={disabled === true || isBusy}
    aria-busy={isBusy}
    className={clsx(buttonClass(look), className)}
  >
    {isBusy && (
      <span aria-hidden className="size-3 animate-spin rounded-full border-2 border-current border-t-transparent" />
    )}
    {children}
  </button>
);
