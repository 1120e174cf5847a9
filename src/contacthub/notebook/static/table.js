// The browser's half of ContactTable: draws the rows that are on the screen, and asks for them by message.
// Every text is set as textContent. Nothing is loaded from anywhere.

const ROW = 30; // height of a row in pixels; the stylesheet has the same number
const MARGIN = 25; // rows asked for above and below the screen
const CHARACTER = 7.3; // width of a character in pixels, roughly: columns are as wide as their texts usually are
const TICK = 34; // width of the column of ticks
const TALLEST = 8_000_000; // browsers cannot scroll much further; longer tables scroll in proportion

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

const drawings = {
  text(cell) {
    return [element("span", cell.tone && `contacthub-${cell.tone}`, cell.text)];
  },
  person(cell) {
    const circle = element("span", "contacthub-initials", cell.initials);
    circle.style.setProperty("--hue", cell.hue);
    circle.setAttribute("aria-hidden", "true");
    return [circle, element("span", "", cell.text)];
  },
  chips(cell) {
    return cell.names.map((name) => element("span", "contacthub-chip", name));
  },
  badge(cell) {
    return [element("span", `contacthub-badge contacthub-${cell.tone || "muted"}`, cell.text)];
  },
  change(cell) {
    if (cell.before === cell.after) return [element("span", "contacthub-muted", cell.before)];
    const nodes = [];
    if (cell.before) nodes.push(element("del", "", cell.before));
    if (cell.before && cell.after) nodes.push(element("span", "contacthub-arrow", "→"));
    if (cell.after) nodes.push(element("ins", "", cell.after));
    return nodes;
  },
};

function render({ model, el }) {
  const view = Math.random().toString(36).slice(2); // several views of one table each hear every answer
  let asked = 0; // number of the newest question
  let waiting = null; // the window that was asked for and has not come
  let wanted = false; // the screen moved while an answer was under way
  let start = 0; // the rows we hold
  let rows = [];
  let cursor = 0; // the row that the keyboard is on
  let anchor = 0; // the row that a selection with Shift begins at

  const root = element("div", "contacthub contacthub-table");
  const grid = element("div", "contacthub-grid");
  const head = element("div", "contacthub-row contacthub-head");
  const space = element("div", "contacthub-space");
  const foot = element("div", "contacthub-foot");
  const caption = element("span", "contacthub-caption");
  const selected = element("span", "contacthub-selected");
  const clear = element("button", "contacthub-link", "Clear selection");
  const error = element("div", "contacthub-error");
  grid.tabIndex = 0;
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-multiselectable", "true");
  head.setAttribute("role", "row");
  space.setAttribute("role", "rowgroup");
  error.setAttribute("role", "alert");
  clear.type = "button";
  foot.append(caption, selected, clear);
  grid.append(head, space);
  root.append(grid, error, foot);
  el.append(root);

  const count = () => model.get("count");
  const height = () => Math.min(count() * ROW, TALLEST);
  const screen = () => Math.max(1, Math.ceil((grid.clientHeight - head.offsetHeight) / ROW) || model.get("visible_rows"));

  // Which row is at the top. Where the table is taller than browsers can scroll, the scroll bar is a proportion.
  function top() {
    if (count() * ROW <= TALLEST) return Math.floor(grid.scrollTop / ROW);
    const range = height() - (grid.clientHeight - head.offsetHeight);
    return Math.round((grid.scrollTop / range) * Math.max(0, count() - screen() + 1));
  }

  function ask() {
    if (waiting) {
      wanted = true; // one question at a time: a fast scroll asks only for where it ends
      return;
    }
    const from = Math.max(0, top() - MARGIN);
    const length = Math.min(count() - from, screen() + 2 * MARGIN);
    waiting = `${view}-${++asked}`;
    model.send({ kind: "rows", id: waiting, version: model.get("version"), row: from, rows: length });
  }

  function heard(message) {
    if (message.kind === "selection") return ask();
    if (message.kind !== "rows" || message.id !== waiting) return;
    waiting = null;
    if (message.version === model.get("version")) {
      start = message.start;
      rows = message.rows;
      draw();
    }
    if (wanted) {
      wanted = false;
      ask();
    }
  }

  // Every row is a grid of its own, so widths are in pixels: the same in all of them, and in the bold header.
  function setColumnWidths() {
    const columns = model.get("columns").map((c) => ({ least: (c.whole ? c.width : Math.min(c.width, 16)) * CHARACTER + 20, share: c.width }));
    const widths = columns.map((c) => `minmax(${c.least}px, ${c.share}fr)`);
    const tick = model.get("selectable") ? TICK : 0;
    root.style.setProperty("--columns", (tick ? [`${tick}px`, ...widths] : widths).join(" "));
    root.style.setProperty("--least", `${tick + columns.reduce((sum, c) => sum + c.least, 0)}px`);
  }

  function drawHead() {
    head.replaceChildren();
    setColumnWidths();
    if (model.get("selectable")) head.append(element("span", "contacthub-cell"));
    const sort = model.get("sort");
    for (const column of model.get("columns")) {
      const cell = element("span", `contacthub-cell contacthub-${column.align}`);
      cell.setAttribute("role", "columnheader");
      if (column.sort) {
        const button = element("button", "contacthub-sort", column.title);
        button.type = "button";
        const direction = sort === column.key ? "ascending" : sort === `-${column.key}` ? "descending" : "none";
        cell.setAttribute("aria-sort", direction);
        button.append(element("span", "", { ascending: " ▲", descending: " ▼", none: "" }[direction]));
        button.onclick = () => model.send({ kind: "sort", key: column.key });
        cell.append(button);
      } else {
        cell.textContent = column.title;
      }
      head.append(cell);
    }
  }

  function drawRow(index, y) {
    const row = element("div", "contacthub-row");
    row.style.top = `${y}px`;
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", index + 2);
    const data = rows[index - start];
    if (index === cursor) row.classList.add("contacthub-cursor");
    if (!data) {
      row.classList.add("contacthub-coming");
      row.append(element("span", "contacthub-cell"), element("span", "contacthub-cell", "…"));
      return row;
    }
    row.dataset.key = data.key;
    row.setAttribute("aria-selected", data.selected);
    if (model.get("selectable")) {
      const tick = element("span", "contacthub-cell contacthub-tick");
      tick.append(element("span", "contacthub-box", data.selected ? "✓" : ""));
      row.append(tick);
    }
    data.cells.forEach((content, i) => {
      const cell = element("span", `contacthub-cell contacthub-${model.get("columns")[i]?.align}`);
      cell.setAttribute("role", "gridcell");
      cell.append(...drawings[content.kind](content));
      cell.title = cell.textContent;
      row.append(cell);
    });
    row.onmousedown = (event) => event.shiftKey && event.preventDefault(); // a shifted click would mark text
    row.onclick = (event) => {
      cursor = index;
      const onTick = event.target.closest(".contacthub-tick") || event.ctrlKey || event.metaKey;
      if (!event.shiftKey) anchor = index;
      select(index, event.shiftKey ? "extend" : onTick ? "toggle" : "only");
    };
    return row;
  }

  function draw() {
    const first = top();
    const last = Math.min(count(), first + screen() + 1);
    const proportional = count() * ROW > TALLEST;
    const nodes = [];
    for (let i = first; i < last; i++) {
      nodes.push(drawRow(i, proportional ? grid.scrollTop + (i - first) * ROW : i * ROW));
    }
    if (!count()) nodes.push(element("div", "contacthub-empty", model.get("caption")));
    space.replaceChildren(...nodes);
    if (first < start || last > start + rows.length) ask();
  }

  function drawAll() {
    const visible = Math.max(2, Math.min(count(), model.get("visible_rows")));
    space.style.height = `${Math.max(height(), ROW)}px`;
    grid.style.height = `${visible * ROW + ROW + 10}px`;
    grid.setAttribute("aria-rowcount", count() + 1);
    drawHead();
    drawFoot();
    draw();
  }

  function drawFoot() {
    caption.textContent = count() ? model.get("caption") : "";
    const n = model.get("selected");
    selected.textContent = n ? `${n.toLocaleString("en")} selected` : "";
    clear.hidden = !n;
    error.textContent = model.get("error");
    error.hidden = !model.get("error");
  }

  // Other rows: forget what we hold and what we asked for; the first window came with the news.
  function renewed() {
    waiting = null;
    wanted = false;
    start = 0;
    rows = model.get("first");
    cursor = anchor = 0;
    grid.scrollTop = 0;
    drawAll();
  }

  function select(row, mode) {
    if (model.get("selectable")) model.send({ kind: "select", version: model.get("version"), row, mode, anchor });
    draw();
  }

  function key(event) {
    const page = screen() - 1;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -count(), End: count() };
    if (event.key in steps) {
      cursor = Math.max(0, Math.min(count() - 1, cursor + steps[event.key]));
      const first = top();
      if (cursor < first) grid.scrollTop = place(cursor);
      if (cursor >= first + screen() - 1) grid.scrollTop = place(cursor - screen() + 2);
      if (event.shiftKey) select(cursor, "extend");
      else anchor = cursor;
      draw();
    } else if (event.key === " ") {
      anchor = cursor;
      select(cursor, "toggle");
    } else if (event.key === "Escape") {
      model.send({ kind: "unselect" });
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // or the notebook moves to the next cell
  }

  function place(row) {
    if (count() * ROW <= TALLEST) return row * ROW;
    return (row / Math.max(1, count() - screen() + 1)) * (height() - (grid.clientHeight - head.offsetHeight));
  }

  let frame = 0;
  grid.onscroll = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  };
  grid.onkeydown = key;
  clear.onclick = () => model.send({ kind: "unselect" });

  const watched = { "change:version": renewed, "change:selected": drawFoot, "change:error": drawFoot, "change:sort": drawHead, "msg:custom": heard };
  for (const [event, reaction] of Object.entries(watched)) model.on(event, reaction);
  const resized = new ResizeObserver(() => draw()); // the cell may be shown long after it was made
  resized.observe(grid);
  renewed();
  return () => {
    resized.disconnect();
    for (const [event, reaction] of Object.entries(watched)) model.off(event, reaction);
  };
}

export default { render };
