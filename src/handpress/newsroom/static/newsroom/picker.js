/* Pick by typing: a few letters, Enter, and on. One row (pick-one) or an ordered list (picker).
   The field is a combobox as the ARIA Authoring Practices (1.2) have it. */
if (!window.wagtail.handpressPicker) {
  window.wagtail.handpressPicker = true;
  const WAIT_MS = 120;
  let number = 0;

  const element = (name, attributes = {}, text = "") => {
    const made = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    made.textContent = text;
    return made;
  };

  const tellForm = (field) => {
    ["input", "change"].forEach((name) => field.dispatchEvent(new Event(name, { bubbles: true })));
  };

  class Combobox {
    /* options: kind, label, url, make, pick(found), skip(found), about: attributes of the field */
    constructor(options) {
      Object.assign(this, options);
      number += 1;
      this.id = options.id || `hp-typed-${number}`;
      this.root = element("div", { class: "hp-combobox" });
      this.field = element("input", {
        type: "text", id: this.id, role: "combobox", autocomplete: "off", spellcheck: "false",
        "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${this.id}-list`,
        placeholder: "Type a few letters", ...options.about,
      });
      // Not named: what is typed here is no part of the form.
      this.list = element("ul", { id: `${this.id}-list`, role: "listbox", class: "hp-options", "aria-label": this.label });
      this.list.hidden = true;
      this.said = element("p", { role: "status", class: "hp-said" });
      this.root.append(this.field, this.list, this.said);
      this.field.addEventListener("input", (event) => { event.stopPropagation(); this.typed(); });
      this.field.addEventListener("change", (event) => event.stopPropagation());
      this.field.addEventListener("keydown", (event) => this.key(event));
      this.field.addEventListener("focus", () => { if (this.field.value) this.typed(); });
      this.field.addEventListener("blur", () => this.close());
      this.list.addEventListener("mousedown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => {
        const option = event.target.closest("[role=option]");
        if (option) this.choose(Number(option.dataset.number));
      });
      this.options = [];
      this.active = -1;
    }

    say(words) { this.said.textContent = words; }

    typed() {
      clearTimeout(this.timer);
      this.fresh = false;
      this.wantsFirst = false;
      if (!this.field.value.trim()) { this.close(); return; }
      this.timer = setTimeout(() => this.ask(), WAIT_MS);
    }

    async ask() {
      clearTimeout(this.timer);
      const words = this.field.value.trim();
      this.asked = words;
      try {
        const answer = await fetch(`${this.url}?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(answer.status);
        const told = await answer.json();
        if (this.field.value.trim() === words) this.show(told, words);
      } catch {
        this.close();
        this.say("The list cannot be reached. What you wrote is safe; try again.");
      }
    }

    show(told, words) {
      this.options = told.found.filter((found) => !this.skip(found));
      const isThere = told.found.some((found) => found.name.toLowerCase() === words.toLowerCase());
      if (told.may_add && !isThere) this.options.push({ make: words });
      this.list.replaceChildren(...this.options.map((found, place) => this.option(found, place)));
      this.fresh = true;
      this.list.hidden = !this.options.length;
      this.field.setAttribute("aria-expanded", String(this.options.length > 0));
      const found = this.options.filter((option) => !option.make).length;
      // What is found waits for Enter; what would be made waits to be chosen.
      this.point(found ? 0 : -1);
      this.say(this.summary(found, words, told));
      this.list.scrollIntoView({ block: "nearest" });
      if (this.wantsFirst && found) this.choose(0);
      this.wantsFirst = false;
    }

    summary(found, words, told) {
      if (found) return `${found} found.`;
      if (told.found.length) return "Already in the list.";
      if (this.options.length) return `No ${this.kind} is called “${words}”. Press the down arrow, then Enter, to add it.`;
      return `No ${this.kind} is called “${words}”.`;
    }

    option(found, place) {
      const made = element("li", { role: "option", id: `${this.id}-${place}`, "aria-selected": "false", "data-number": place });
      if (found.make) {
        made.append(element("span", {}, `Add “${found.make}”`), " ", element("span", { class: "hp-note" }, `a new ${this.kind}`));
        made.classList.add("hp-make");
      } else {
        made.append(element("span", { dir: "auto" }, found.name));
        if (found.note) made.append(" ", element("span", { class: "hp-note" }, found.note));
      }
      return made;
    }

    point(place) {
      this.active = place;
      [...this.list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
      if (place < 0) this.field.removeAttribute("aria-activedescendant");
      else {
        this.field.setAttribute("aria-activedescendant", `${this.id}-${place}`);
        this.list.children[place].scrollIntoView({ block: "nearest" });
      }
    }

    key(event) {
      const last = this.options.length - 1;
      if (event.key === "Enter") {
        event.preventDefault();
        if (!this.field.value.trim()) return;
        if (!this.fresh) { this.wantsFirst = true; this.ask(); this.wantsFirst = true; } else if (this.active >= 0) this.choose(this.active);
      } else if (event.key === "Escape" && !this.list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        this.close();
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (this.list.hidden) { this.ask(); return; }
        const step = event.key === "ArrowDown" ? 1 : -1;
        this.point(this.active < 0 && step < 0 ? last : (this.active + step + last + 1) % (last + 1));
      } else if (event.key === "Backspace" && !this.field.value && this.empty) this.empty();
    }

    async choose(place) {
      let found = this.options[place];
      if (!found || this.busy) return;
      this.busy = true;
      try {
        if (found.make) found = await this.makeNew(found.make);
        if (!found) return;
        this.field.value = "";
        this.close();
        this.say(this.pick(found) || `${found.name}: added.`);
      } finally {
        this.busy = false;
      }
    }

    async makeNew(name) {
      const form = new FormData();
      form.set("name", name);
      form.set("csrfmiddlewaretoken", this.field.form.elements.namedItem("csrfmiddlewaretoken").value);
      try {
        const answer = await fetch(this.make, { method: "POST", body: form, headers: { Accept: "application/json" } });
        const made = await answer.json();
        if (made.id) return made;
        this.say(made.trouble);
      } catch {
        this.say("It could not be added. What you wrote is safe; try again.");
      }
      return null;
    }

    close() {
      this.list.hidden = true;
      this.fresh = false;
      this.options = [];
      this.field.setAttribute("aria-expanded", "false");
      this.field.removeAttribute("aria-activedescendant");
    }
  }

  class PickerController extends window.StimulusModule.Controller {
    static targets = ["list", "row", "empty"];

    static values = { prefix: String, label: String, kind: String, url: String, make: String, own: String, help: String };

    connect() {
      this.box = new Combobox({
        kind: this.kindValue,
        label: this.labelValue,
        url: this.urlValue,
        make: this.makeValue,
        about: { "aria-label": `Add to ${this.labelValue.toLowerCase()}`, ...(this.helpValue && { "aria-describedby": this.helpValue }) },
        skip: (found) => String(found.id) === this.ownValue || this.shown.some((row) => this.value(row) === String(found.id)),
        pick: (found) => this.add(found),
      });
      this.element.append(this.box.root);
      this.onClick = (event) => this.act(event);
      this.onKey = (event) => this.moveByKey(event);
      this.listTarget.addEventListener("click", this.onClick);
      this.listTarget.addEventListener("keydown", this.onKey);
      this.draggable();
      this.number();
    }

    disconnect() {
      this.box.root.remove();
      this.listTarget.removeEventListener("click", this.onClick);
      this.listTarget.removeEventListener("keydown", this.onKey);
    }

    get shown() { return [...this.listTarget.children].filter((row) => !row.hidden); }

    input(row, name) { return row.querySelector(`input[name^="${this.prefixValue}-"][name$="-${name}"]`); }

    chosen(row) { return row.querySelector(`input[type=hidden][name^="${this.prefixValue}-"]`); }

    value(row) { return this.chosen(row).value; }

    add(found) {
      const total = document.getElementById(`id_${this.prefixValue}-TOTAL_FORMS`);
      let row = [...this.listTarget.children].find((one) => one.hidden && this.value(one) === String(found.id));
      if (!row) {
        const html = this.emptyTarget.innerHTML.replaceAll("__prefix__", total.value);
        this.listTarget.insertAdjacentHTML("beforeend", html);
        row = this.listTarget.lastElementChild;
        total.value = String(Number(total.value) + 1);
        this.chosen(row).value = found.id;
      }
      row.hidden = false;
      this.input(row, "DELETE").value = "";
      row.querySelector("[data-name]").textContent = found.name;
      row.querySelector("[data-note]").textContent = found.note;
      this.listTarget.append(row);
      this.changed(row);
      return `${found.name}: number ${this.shown.length}.`;
    }

    remove(row) {
      const rows = this.shown;
      const next = rows[rows.indexOf(row) + 1] || rows[rows.indexOf(row) - 1];
      row.hidden = true;
      this.input(row, "DELETE").value = "on";
      this.changed(row);
      this.box.say(`${this.name(row)}: removed.`);
      (next ? next.querySelector("[data-act=remove]") : this.box.field).focus();
    }

    move(row, step) {
      const rows = this.shown;
      const other = rows[rows.indexOf(row) + step];
      if (!other) return;
      if (step < 0) other.before(row);
      else other.after(row);
      this.changed(row);
      this.box.say(`${this.name(row)}: number ${this.shown.indexOf(row) + 1} of ${rows.length}.`);
    }

    name(row) { return row.querySelector("[data-name]").textContent.trim(); }

    act(event) {
      const button = event.target.closest("[data-act]");
      if (!button) return;
      const row = button.closest("li");
      if (button.dataset.act === "remove") this.remove(row);
      else {
        this.move(row, button.dataset.act === "up" ? -1 : 1);
        (button.disabled ? row.querySelector("[data-act]:not(:disabled)") : button).focus();
      }
    }

    moveByKey(event) {
      if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      const { activeElement } = document;
      this.move(event.target.closest("li"), event.key === "ArrowUp" ? -1 : 1);
      activeElement.focus();
    }

    draggable() {
      let dragged = null;
      this.listTarget.addEventListener("pointerdown", (event) => {
        const row = event.target.closest("li");
        if (row) row.draggable = Boolean(event.target.closest("[data-drag]"));
      });
      this.listTarget.addEventListener("dragstart", (event) => {
        dragged = event.target.closest("li");
        event.dataTransfer.effectAllowed = "move";
      });
      this.listTarget.addEventListener("dragover", (event) => {
        const over = event.target.closest("li");
        if (!dragged || !over) return;
        event.preventDefault();
        if (over === dragged) return;
        const box = over.getBoundingClientRect();
        if (event.clientY < box.top + box.height / 2) over.before(dragged);
        else over.after(dragged);
      });
      this.listTarget.addEventListener("dragend", () => {
        if (dragged) { dragged.draggable = false; this.changed(dragged); }
        dragged = null;
      });
    }

    number() {
      const rows = this.shown;
      [...rows, ...[...this.listTarget.children].filter((row) => row.hidden)].forEach((row, place) => {
        this.input(row, "ORDER").value = String(place + 1);
      });
      rows.forEach((row, place) => {
        const first = row.querySelector("[data-first]");
        if (first) first.hidden = place > 0;
        const [up, down, remove] = ["up", "down", "remove"].map((act) => row.querySelector(`[data-act=${act}]`));
        up.disabled = place === 0;
        down.disabled = place === rows.length - 1;
        up.setAttribute("aria-label", `Move ${this.name(row)} up`);
        down.setAttribute("aria-label", `Move ${this.name(row)} down`);
        remove.setAttribute("aria-label", `Remove ${this.name(row)}`);
      });
      this.listTarget.hidden = !rows.length;
    }

    changed(row) {
      this.number();
      tellForm(this.input(row, "ORDER"));
    }
  }

  class PickOneController extends window.StimulusModule.Controller {
    static values = { label: String, kind: String, url: String, make: String, chosen: Object, about: Object };

    connect() {
      this.hidden = this.element.querySelector("input");
      this.box = new Combobox({
        id: `${this.hidden.id}-typed`,
        kind: this.kindValue,
        label: this.labelValue,
        url: this.urlValue,
        make: this.makeValue,
        about: this.aboutValue,
        skip: () => false,
        pick: (found) => this.pick(found),
      });
      this.card = element("p", { class: "hp-one" });
      this.words = element("span", { dir: "auto" });
      this.clear = element("button", { type: "button", class: "button button-small button-secondary" }, "Remove");
      this.clear.addEventListener("click", () => { this.pick({}); this.box.say("Removed."); this.box.field.focus(); });
      this.card.append(this.words, " ", this.clear);
      this.element.append(this.card, this.box.root);
      this.show(this.chosenValue);
    }

    disconnect() {
      this.card.remove();
      this.box.root.remove();
    }

    pick(found) {
      this.hidden.value = found.id || "";
      this.show(found);
      tellForm(this.hidden);
      return found.name ? `${found.name}: chosen.` : "";
    }

    show(found) {
      this.card.hidden = !found.id;
      this.words.textContent = found.name || "";
      this.clear.setAttribute("aria-label", `Remove ${found.name}`);
      this.box.field.placeholder = found.id ? "Type to choose another" : "Type a few letters";
      // What the source wants to be printed is printed where the article says nothing else.
      const own = this.hidden.form;
      [["credit_line", "credit_line"], ["licence", "licence"]].forEach(([name, key]) => {
        const field = own && own.elements.namedItem(name);
        if (field) field.placeholder = found[key] ? `Empty prints: ${found[key]}` : "";
      });
    }
  }

  window.wagtail.app.register("picker", PickerController);
  window.wagtail.app.register("pick-one", PickOneController);
}
