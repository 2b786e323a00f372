// Comfort only: every page works without it. J and K go to the next and the last row of a list, Enter opens it.
"use strict";
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
  const step = { j: 1, k: -1 }[e.key];
  if (!step) return;
  const rows = [...document.querySelectorAll("[data-row] a")];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(at + step, 0), rows.length - 1)].focus();
  e.preventDefault();
});
