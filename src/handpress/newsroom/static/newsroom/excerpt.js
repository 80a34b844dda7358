/* The excerpt: how many words it has, and a button that takes the first sentences of the body. */
{
  // The same two patterns as in newsroom/core/excerpts.py; a test holds them together.
  const UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff";
  const WORD = new RegExp(`[${UNSPACED}]|[^\\s${UNSPACED}]+`, "g");
  const LETTER = /[\p{L}\p{N}]/u;
  const PAUSE_MS = 900;

  const countWords = (text) => (text.match(WORD) || []).filter((word) => LETTER.test(word)).length;

  const element = (name, attributes, text = "") => {
    const made = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    made.textContent = text;
    return made;
  };

  class ExcerptController extends window.StimulusModule.Controller {
    static values = { url: String, least: Number, most: Number, words: Object };

    connect() {
      this.bar = element("div", { class: "hp-beneath" });
      this.count = element("p", { class: "hp-count" });
      this.said = element("p", { class: "hp-said", role: "status" });
      this.heard = element("p", { class: "w-sr-only", role: "status" });
      this.take = this.button(this.wordsValue.take, () => this.takeSentences());
      this.undo = this.button(this.wordsValue.undo, () => this.undoTaking());
      this.undo.hidden = true;
      this.bar.append(this.count, this.take, this.undo, this.said, this.heard);
      this.element.after(this.bar);
      this.onInput = () => this.changed();
      this.element.addEventListener("input", this.onInput);
      this.show();
    }

    disconnect() {
      clearTimeout(this.timer);
      this.element.removeEventListener("input", this.onInput);
      this.bar.remove();
    }

    button(text, act) {
      const made = element("button", { type: "button", class: "button button-small button-secondary" }, text);
      made.addEventListener("click", act);
      return made;
    }

    /* Seen at once; said once the writer pauses, so that nobody is talked over at each letter. */
    changed() {
      this.undo.hidden = true;
      this.said.textContent = "";
      this.show();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => { this.heard.textContent = this.count.textContent; }, PAUSE_MS);
    }

    show() {
      const words = countWords(this.element.value);
      const { leastValue: least, mostValue: most } = this;
      let state = "good";
      if (!words) state = "none";
      else if (words < least) state = "few";
      else if (words > most) state = "many";
      this.count.dataset.state = state;
      this.count.textContent = this.wordsValue[state].replace("{words} words", words === 1 ? "1 word" : `${words} words`)
        .replace("{least}", least).replace("{most}", most)
        .replace("{missing}", least - words).replace("{over}", words - most);
    }

    async takeSentences() {
      const form = new FormData(this.element.form);
      this.take.disabled = true;
      try {
        const answer = await fetch(this.urlValue, { method: "POST", body: form, headers: { Accept: "application/json" } });
        const told = await answer.json();
        if (told.excerpt) this.put(told.excerpt, this.wordsValue.taken);
        else this.say(told.trouble);
      } catch {
        this.say(this.wordsValue.failed);
      } finally {
        this.take.disabled = false;
        this.take.focus();
      }
    }

    say(words) { this.said.textContent = words; }

    put(text, words) {
      const before = this.element.value;
      this.set(text);
      this.before = before;
      this.undo.hidden = !before.trim() || before === text;
      this.say(words);
      this.heard.textContent = this.count.textContent;
    }

    undoTaking() {
      this.set(this.before);
      this.undo.hidden = true;
      this.say(this.wordsValue.undone);
      this.element.focus();
    }

    set(text) {
      this.element.value = text;
      this.element.dispatchEvent(new Event("input", { bubbles: true }));
      this.element.dispatchEvent(new Event("change", { bubbles: true }));
      clearTimeout(this.timer);
      this.show();
    }
  }

  window.wagtail.app.register("excerpt", ExcerptController);
}
