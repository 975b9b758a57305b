const nanoUsdPerUsd = 1_000_000_000;
const amount = /^\d{1,6}([.,]\d{1,9})?$/;

/** Dollars as a person types them, as whole nano-USD; undefined for what is no amount. */
export const nanoUsdOf = (text: string | undefined): number | undefined => {
  const typed = text?.trim().replace(/^\$/, "") ?? "";
  return amount.test(typed) ? Math.round(Number(typed.replace(",", ".")) * nanoUsdPerUsd) : undefined;
};

/** Whole nano-USD as a field holds them. */
export const usdOf = (nanoUsd: number | undefined): string | undefined =>
  nanoUsd === undefined ? undefined : (nanoUsd / nanoUsdPerUsd).toFixed(9).replace(/\.?0+$/, "");
