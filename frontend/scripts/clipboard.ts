// <button data-copy="text">: puts the text on the clipboard and says so.
import { say } from "./toast";

async function copy(text: string): Promise<void> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Without a secure address there is no clipboard interface; a selection still copies.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr-only";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Listens once for all buttons, present and future. */
export function startClipboard(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (!button) return;
    void copy(button.dataset["copy"] ?? "").then(
      () => say("copied"),
      () => say("error"),
    );
  });
}
