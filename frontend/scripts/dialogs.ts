// Buttons with command="show-modal" and commandfor open their dialog natively where the browser
// knows them; elsewhere this does the same. A dialog closes when its backdrop is pressed.
const native = "commandForElement" in HTMLButtonElement.prototype;

function dialogOf(button: Element): HTMLDialogElement | null {
  const id = button.getAttribute("commandfor");
  const target = id ? document.getElementById(id) : null;
  return target instanceof HTMLDialogElement ? target : null;
}

/** Listens once for all dialogs, present and future. */
export function startDialogs(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target instanceof HTMLDialogElement && target.open) {
      target.close();
      return;
    }
    const button = target.closest("button[command][commandfor]");
    if (native || !button) return;
    const dialog = dialogOf(button);
    if (button.getAttribute("command") === "show-modal") dialog?.showModal();
    if (button.getAttribute("command") === "close") dialog?.close();
  });
}
