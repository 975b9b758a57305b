// Runs before the first paint, so that a chosen theme does not flash. A file and not inline: the content security policy
// allows no inline script.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is off in this browser: the system's theme applies.
}
