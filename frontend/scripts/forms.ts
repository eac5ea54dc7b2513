// A form is sent once: its buttons rest while the answer is on the way. A form marked data-unsaved
// warns before what was typed is lost. A select or box marked data-submit-on-change sends its form.
const changed = new WeakSet<HTMLFormElement>();

function rest(form: HTMLFormElement, resting: boolean): void {
  form.toggleAttribute("data-sending", resting);
  for (const button of form.querySelectorAll<HTMLButtonElement>("button:not([type=button])")) {
    button.toggleAttribute("aria-busy", resting);
  }
}

function guard(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  // A search may be repeated, and the answer to data-download is a file: this page stays.
  if (form.method !== "post" || form.hasAttribute("data-download")) return;
  if (form.hasAttribute("data-sending")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  changed.delete(form);
  // After the event, so that the pressed button's own name and value are still sent.
  setTimeout(() => {
    if (!event.defaultPrevented) rest(form, true);
  });
}

/** Listens once for all forms, present and future. */
export function startForms(): void {
  document.addEventListener("submit", guard, { capture: true });
  document.addEventListener("input", (event) => {
    const form = (event.target as HTMLInputElement).form;
    if (form?.hasAttribute("data-unsaved")) changed.add(form);
  });
  document.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.hasAttribute("data-submit-on-change")) input.form?.requestSubmit();
  });
  window.addEventListener("beforeunload", (event) => {
    if ([...document.forms].some((form) => changed.has(form))) event.preventDefault();
  });
  // A page that comes back out of the browser's memory may be sent again.
  window.addEventListener("pageshow", () => [...document.forms].forEach((form) => rest(form, false)));
  document.addEventListener("htmx:finally:request", () => [...document.forms].forEach((form) => rest(form, false)));
  document.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    const names = input.closest("[data-upload]")?.querySelector<HTMLElement>("[data-upload-names]");
    if (input.type !== "file" || !names) return;
    names.textContent = [...(input.files ?? [])].map((file) => file.name).join("、");
  });
}
