// Comfort only: every page works without it. J and K go to the next and the last row of a list, Enter opens it. Other letters go to
// the button or link that has them as data-key, and press nothing: what is decided takes Enter.
"use strict";
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
  // Khmer keys have no Latin letters on them: there the place of the key counts.
  const key = /^[a-z]$/i.test(e.key) ? e.key.toLowerCase() : /^Key[A-Z]$/.test(e.code) ? e.code.slice(3).toLowerCase() : "";
  const there = key && document.querySelector(`[data-key="${key}"]`);
  if (there) {
    there.focus();
    e.preventDefault();
    return;
  }
  const step = { j: 1, k: -1 }[key];
  if (!step) return;
  const rows = [...document.querySelectorAll("[data-row] a")];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(at + step, 0), rows.length - 1)].focus();
  e.preventDefault();
});
