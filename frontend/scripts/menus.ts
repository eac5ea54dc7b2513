// <details data-menu> is a menu: pressing outside it or Escape closes it.
function close(menu: HTMLDetailsElement, focus: boolean): void {
  menu.open = false;
  if (focus) menu.querySelector("summary")?.focus();
}

/** Listens once for all menus, present and future. */
export function startMenus(): void {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")) {
      if (!menu.contains(event.target as Node)) close(menu, false);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = (document.activeElement ?? document.body).closest<HTMLDetailsElement>("details[data-menu][open]");
    if (menu) close(menu, true);
  });
}
