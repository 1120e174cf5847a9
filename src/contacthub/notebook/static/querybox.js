// The browser's half of QueryBox: sends what is typed, one text at a time, and offers completions.
// Every text is set as textContent. Nothing is loaded from anywhere.

const PAUSE = 120; // milliseconds without a key before the hub is asked

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// Offsets of Python count characters, those of JavaScript count UTF-16 units: an emoji is one and two.
const toPython = (text, offset) => Array.from(text.slice(0, offset)).length;
const toBrowser = (text, offset) => Array.from(text).slice(0, offset).join("").length;

// One question of a kind under way; when its answer is there, the newest that waited is asked.
function asker(model, view, kind) {
  let number = 0;
  let waiting = null;
  let next = null;
  function ask(question) {
    if (waiting) {
      next = question;
      return;
    }
    waiting = `${view}-${kind}-${++number}`;
    model.send({ kind, id: waiting, ...question });
  }
  // True when the message is the answer to the newest question, so that it may be shown.
  ask.heard = (message) => {
    if (message.kind !== kind || message.id !== waiting) return false;
    waiting = null;
    const question = next;
    next = null;
    if (question) ask(question);
    return !question;
  };
  return ask;
}

function render({ model, el }) {
  const view = Math.random().toString(36).slice(2);
  const askCount = asker(model, view, "text");
  const askCompletions = asker(model, view, "complete");
  const listId = `contacthub-list-${view}`;
  let items = [];
  let chosen = -1;
  let pause = 0;

  const root = element("div", "contacthub contacthub-query");
  const line = element("div", "contacthub-line");
  const input = element("input", "contacthub-input");
  const count = element("span", "contacthub-count");
  const menu = element("ul", "contacthub-menu");
  const note = element("div", "contacthub-note");
  const attributes = {
    type: "text", spellcheck: "false", autocomplete: "off", autocapitalize: "off", role: "combobox",
    "aria-label": "Query", "aria-autocomplete": "list", "aria-controls": listId, "aria-expanded": "false",
  };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  count.setAttribute("role", "status");
  note.setAttribute("aria-live", "polite");
  menu.id = listId;
  menu.setAttribute("role", "listbox");
  menu.hidden = true;
  line.append(input, count);
  root.append(line, menu, note);
  el.append(root);

  function sendText() {
    clearTimeout(pause);
    askCount({ text: input.value });
  }

  function typed() {
    clearTimeout(pause);
    pause = setTimeout(sendText, PAUSE);
    complete();
  }

  function complete() {
    askCompletions({ text: input.value, cursor: toPython(input.value, input.selectionStart) });
  }

  function close() {
    items = [];
    drawMenu();
  }

  function accept(item) {
    const [start, end] = [toBrowser(input.value, item.start), toBrowser(input.value, item.end)];
    input.value = input.value.slice(0, start) + item.text + input.value.slice(end);
    input.setSelectionRange(start + item.text.length, start + item.text.length);
    input.focus();
    close();
    typed();
  }

  function drawMenu() {
    chosen = Math.min(chosen, items.length - 1);
    menu.replaceChildren(
      ...items.map((item, i) => {
        const entry = element("li", "contacthub-entry");
        entry.id = `${listId}-${i}`;
        entry.setAttribute("role", "option");
        entry.setAttribute("aria-selected", i === chosen);
        entry.append(element("span", "contacthub-label", item.label), element("span", "contacthub-kind", item.kind));
        entry.append(element("span", "contacthub-amount", item.count));
        entry.onmousedown = (event) => {
          event.preventDefault(); // the box keeps the focus
          accept(item);
        };
        return entry;
      }),
    );
    menu.hidden = !items.length;
    input.setAttribute("aria-expanded", !menu.hidden);
    if (chosen >= 0) input.setAttribute("aria-activedescendant", `${listId}-${chosen}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function drawNote() {
    const error = model.get("error");
    root.classList.toggle("contacthub-wrong", Boolean(error.message));
    input.setAttribute("aria-invalid", Boolean(error.message));
    if (!error.message) {
      note.replaceChildren(element("span", "contacthub-muted", model.get("hint")));
      return;
    }
    const place = element("code", "contacthub-place");
    place.append(element("span", "", error.before), element("mark", "", error.at), element("span", "", error.after));
    note.replaceChildren(element("span", "contacthub-bad", error.message), ...(error.at ? [place] : []));
  }

  function drawCount() {
    count.textContent = model.get("count");
  }

  function drawText() {
    if (input.value !== model.get("text") && document.activeElement !== input) input.value = model.get("text");
  }

  function heard(message) {
    askCount.heard(message);
    if (askCompletions.heard(message)) {
      items = document.activeElement === input ? message.items : [];
      chosen = -1;
      drawMenu();
    }
  }

  input.oninput = typed;
  input.onclick = complete;
  input.onblur = close;
  input.onkeydown = (event) => {
    event.stopPropagation(); // or the notebook takes the keys as its own
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!items.length) return complete();
      const step = event.key === "ArrowDown" ? 1 : -1;
      chosen = chosen < 0 && step < 0 ? items.length - 1 : (chosen + step + items.length) % items.length;
      drawMenu();
      event.preventDefault();
    } else if (event.key === "Enter" && chosen < 0) {
      close();
      sendText();
    } else if ((event.key === "Enter" || event.key === "Tab") && items.length) {
      accept(items[Math.max(0, chosen)]);
      event.preventDefault();
    } else if (event.key === "Escape") {
      close();
    }
  };

  const watched = { "change:error": drawNote, "change:hint": drawNote, "change:count": drawCount, "change:text": drawText, "msg:custom": heard };
  for (const [event, reaction] of Object.entries(watched)) model.on(event, reaction);
  input.placeholder = model.get("placeholder");
  input.value = model.get("text");
  drawCount();
  drawNote();
  return () => {
    clearTimeout(pause);
    for (const [event, reaction] of Object.entries(watched)) model.off(event, reaction);
  };
}

export default { render };
