// Wagtail names the link to the home "Dashboard" whatever it shows. Where one sees a name there, that is
// what it is called (WCAG 2.5.3); where the menu is too narrow for it, Wagtail's word stays.

function nameBySight() {
  const link = document.querySelector("#wagtail-sidebar .sidebar-custom-branding");
  if (!link) return;
  link.dataset.label ??= link.getAttribute("aria-label") ?? "";
  const isNamed = link.hasAttribute("aria-label");
  const isSeen = link.innerText.trim() !== "";
  if (isSeen && isNamed) link.removeAttribute("aria-label");
  if (!isSeen && !isNamed) link.setAttribute("aria-label", link.dataset.label);
}

const sidebar = document.querySelector("#wagtail-sidebar");
if (sidebar) {
  new MutationObserver(nameBySight).observe(sidebar, { childList: true, subtree: true, attributeFilter: ["class"] });
  nameBySight();
}
