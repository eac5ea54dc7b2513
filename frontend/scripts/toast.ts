// Short messages that read themselves out. Their words come from the page, in its language.
const SHOWN_MS = 3200;

type Word = "copied" | "error" | "offline";

/** Shows one of the sentences that the frame carries as data-say-…. */
export function say(word: Word): void {
  const place = document.querySelector<HTMLElement>("[data-toasts]");
  const text = place?.dataset[`say${word[0]?.toUpperCase()}${word.slice(1)}`];
  if (!place || !text) return;
  const toast = document.createElement("p");
  toast.className = "toast-note";
  toast.textContent = text;
  place.append(toast);
  setTimeout(() => toast.remove(), SHOWN_MS);
}
