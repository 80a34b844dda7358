/* The slug: what the address will be, and what becomes of the one before. */
{
  class AddressController extends window.StimulusModule.Controller {
    static values = { folder: String, former: String, suggested: String };

    connect() {
      this.said = document.createElement("p");
      this.said.className = "hp-count";
      this.said.setAttribute("role", "status");
      this.said.dir = "ltr";
      this.element.after(this.said);
      this.onInput = () => this.show();
      this.element.addEventListener("input", this.onInput);
      this.show();
    }

    disconnect() {
      this.element.removeEventListener("input", this.onInput);
      this.said.remove();
    }

    show() {
      const slug = this.element.value.trim();
      const next = `${this.folderValue}${slug || this.suggestedValue || "…"}.html`;
      let words = slug || this.suggestedValue ? `The address: ${next}` : `The address: ${this.folderValue}…, made from the headline when it is saved.`;
      if (this.formerValue && next !== this.formerValue) {
        words = `The address will be ${next}. The old one, ${this.formerValue}, leads on to it.`;
      }
      this.said.textContent = words;
    }
  }
  window.wagtail.app.register("address", AddressController);
}
