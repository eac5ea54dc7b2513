// Everything a page may need, each part quiet unless its attribute is there. Forms and links work
// without any of it.
import "./htmx";
import { startBack } from "./back";
import { startClipboard } from "./clipboard";
import { startCountdowns } from "./countdown";
import { startDialogs } from "./dialogs";
import { startForms } from "./forms";
import { startMenus } from "./menus";
import { startSteppers } from "./stepper";
import { startTableFilters } from "./tables";

function startCharts(root: ParentNode): void {
  const figures = root.querySelectorAll<HTMLElement>("[data-chart]");
  if (figures.length) void import("./charts").then(({ draw }) => figures.forEach(draw));
}

startBack();
startClipboard();
startDialogs();
startForms();
startMenus();
startSteppers();
startTableFilters();
startCountdowns();
startCharts(document);

document.addEventListener("htmx:after:swap", () => startCharts(document));
