/* The language: its name and direction in words, and the text fields written that way. */
{
  const FIELDS = ["headline", "excerpt", "dateline", "lead_image_alt", "lead_image_caption", "credit_line"];

  const nameOf = (tag) => {
    try {
      return new Intl.DisplayNames(["en"], { type: "language" }).of(tag);
    } catch {
      return tag;
    }
  };

  class LanguageController extends window.StimulusModule.Controller {
    static values = { own: String, names: Object, rtl: String };

    connect() {
      this.said = document.createElement("p");
      this.said.className = "hp-count";
      this.said.setAttribute("role", "status");
      this.element.after(this.said);
      this.onInput = () => this.show();
      this.element.addEventListener("input", this.onInput);
      // Blocks come and go while one writes.
      this.onFocus = (event) => { if (event.target.closest("[data-contentpath=body]")) this.turn(event.target); };
      document.addEventListener("focusin", this.onFocus);
      this.show();
    }

    disconnect() {
      document.removeEventListener("focusin", this.onFocus);
      this.element.removeEventListener("input", this.onInput);
      this.said.remove();
    }

    get tag() { return this.element.value.trim() || this.ownValue; }

    get direction() {
      const [main, ...rest] = this.tag.toLowerCase().split("-");
      if (["latn", "cyrl"].includes(rest.join("-"))) return "ltr";
      return this.rtlValue.split(" ").includes(main) || rest.join("-") === "arab" ? "rtl" : "ltr";
    }

    show() {
      const name = this.namesValue[this.tag] || nameOf(this.tag);
      const way = this.direction === "rtl" ? "right to left" : "left to right";
      this.said.textContent = `${name}, written from ${way}${this.element.value.trim() ? "" : " (the outlet’s own)"}.`;
      FIELDS.forEach((field) => this.turn(this.element.form.elements.namedItem(field)));
      this.element.form.querySelectorAll("[data-contentpath=body] :is(textarea, input[type=text], [contenteditable=true])")
        .forEach((field) => this.turn(field));
    }

    turn(field) {
      if (!field || !field.matches("textarea, input[type=text], [contenteditable=true]")) return;
      field.dir = this.direction;
      field.lang = this.tag;
    }
  }
  window.wagtail.app.register("language", LanguageController);
}
