// <a data-back href="/">: goes back to the page before, when that was one of ours.
/** Listens once for all such links. */
export function startBack(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest("a[data-back]");
    if (!link || !document.referrer.startsWith(location.origin)) return;
    event.preventDefault();
    history.back();
  });
}
