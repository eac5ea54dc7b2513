// <input type="search" data-filters="table-id"> hides the rows of a short table that do not contain
// what is typed. Long lists are filtered by the server.
function apply(input: HTMLInputElement): void {
  const table = document.getElementById(input.dataset["filters"] ?? "");
  const wanted = input.value.trim().toLocaleLowerCase();
  let shown = 0;
  for (const row of table?.querySelectorAll<HTMLTableRowElement>("tbody tr") ?? []) {
    row.hidden = wanted !== "" && !row.textContent?.toLocaleLowerCase().includes(wanted);
    if (!row.hidden) shown += 1;
  }
  table?.toggleAttribute("data-nothing-found", shown === 0);
}

/** Listens once for all such inputs, present and future. */
export function startTableFilters(): void {
  document.addEventListener("input", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.dataset["filters"]) apply(input);
  });
}
