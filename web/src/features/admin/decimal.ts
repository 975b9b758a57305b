/** A decimal number as a person types it: digits, and a point at most. */
export const isDecimal = (text: string): boolean => /^\d+(\.\d+)?$/.test(text);

/**
 * A decimal number times a power of ten, without a tail of zeros. Only its point is moved: a floating-point number would
 * make 0.30000000000000004 of prices.
 */
export const movePoint = (decimal: string, places: number): string => {
  const [whole = "", fraction = ""] = decimal.split(".");
  const missing = Math.max(0, 1 - (whole.length + places));
  const digits = "0".repeat(missing) + whole + fraction;
  const point = missing + whole.length + places;
  const before = digits
    .padEnd(point, "0")
    .slice(0, point)
    .replace(/^0+(?=\d)/, "");
  const after = digits.slice(point).replace(/0+$/, "");
  return after === "" ? before : `${before}.${after}`;
};
