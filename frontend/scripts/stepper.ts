// A number input between two buttons: data-step="-1" and data-step="1". Without scripts the number
// is typed.
/** Listens once for all steppers, present and future. */
export function startSteppers(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-step]");
    const input = button?.closest("[data-stepper]")?.querySelector("input");
    if (!button || !input) return;
    const before = input.value;
    if (Number(button.dataset["step"]) > 0) input.stepUp();
    else input.stepDown();
    if (input.value !== before) input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
