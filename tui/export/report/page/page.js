// The page of a report: draws one call at a time from the data it carries. Texts of servers become
// text nodes and nothing else; nothing is fetched.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const calls = JSON.parse($("data").textContent);
  const audio = $("audio");
  const COLOURS = { endpointing: "#d97706", network: "#7a5bb5", thinking: "#1d7d54", synthesis: "#7cb342", tool: "#b42348", approval: "#8a94a0",
    "earlier speech": "#94a3b8", "start buffer": "#2563a8", device: "#0e8a9b", silence: "#c4b5a0" };
  const ROW = 22;
  let call = calls[0], number = 0, wave = null, urls = {};
  let passing = [], chosen = -1, lines = [], turns = [], words = [];

  function make(tag, name, ...inner) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...inner.map((one) => (one instanceof Node ? one : String(one))));
    return made;
  }
  const ms = (x) => (x == null ? "–" : x < 10000 ? Math.round(x).toLocaleString("en") + " ms" : (x / 1000).toFixed(1) + " s");
  const clock = (s) => {
    const t = Math.max(s, 0), m = Math.floor(t / 60);
    return String(m).padStart(2, "0") + ":" + (t - 60 * m).toFixed(1).padStart(4, "0");
  };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // ── Sound ─────────────────────────────────────────────────────────────────────────────────────

  function url(which) {
    const carried = $("sound-" + which);
    if (!(which in urls) && carried) {
      const raw = atob(carried.textContent), bytes = new Uint8Array(raw.length);
      for (let at = 0; at < raw.length; at++) bytes[at] = raw.charCodeAt(at);
      urls[which] = URL.createObjectURL(new Blob([bytes], { type: "audio/ogg; codecs=opus" }));
    }
    return urls[which];
  }
  // Times of the call and of its sound differ by where the sound begins.
  const now = () => audio.currentTime + (call.sound ? call.sound.begin : 0);
  function seek(t) {
    if (call.sound && t != null) audio.currentTime = Math.min(Math.max(t - call.sound.begin, 0), call.sound.seconds);
    follow();
  }
  function drawSound() {
    if (wave) wave.destroy();
    wave = null;
    audio.pause();
    $("player").hidden = !call.sound;
    $("silent").hidden = !call.no_sound;
    $("silent").textContent = call.no_sound ? "No sound: " + call.no_sound : "";
    if (!call.sound) return;
    audio.src = url(number);
    const side = (name) => ({ waveColor: colour(name), progressColor: colour("--dim"), height: 46 });
    wave = WaveSurfer.create({
      container: $("wave"), media: audio, duration: call.sound.seconds, cspNonce: $("wave").dataset.nonce,
      peaks: call.sound.peaks.map((one) => one.map((x) => x / 100)), cursorColor: colour("--wrong"),
      splitChannels: [side("--you"), side("--agent")], dragToSeek: true, normalize: false,
    });
  }
  $("play").addEventListener("click", () => (audio.paused ? audio.play() : audio.pause()));
  $("speed").addEventListener("change", () => { audio.playbackRate = Number($("speed").value); });
  for (const what of ["play", "pause"]) audio.addEventListener(what, () => { $("play").textContent = audio.paused ? "Play" : "Pause"; });
  for (const what of ["timeupdate", "seeked"]) audio.addEventListener(what, follow);
  (function tick() { if (!audio.paused) follow(); requestAnimationFrame(tick); })();

  const last = (items, t) => {
    let low = 0, high = items.length;
    while (low < high) { const mid = (low + high) >> 1; if (items[mid].t <= t) low = mid + 1; else high = mid; }
    return low - 1;
  };
  const lit = {};
  function light(what, item) {
    const node = item ? item.node : null;
    if (lit[what] === node) return false;
    if (lit[what]) lit[what].classList.remove("now");
    lit[what] = node;
    if (node) node.classList.add("now");
    return true;
  }
  function follow() {
    const t = now();
    $("clock").textContent = clock(t);
    const word = words[last(words, t)];
    light("word", word && t < word.end ? word : null);
    if (light("line", lines[last(lines, t)]) && !audio.paused && lit.line) {
      const box = $("transcript");
      box.scrollTop += lit.line.getBoundingClientRect().top - box.getBoundingClientRect().top - 120;
    }
    light("turn", turns[last(turns, t)]);
    markRow(t);
  }

  // ── Problems, turns, transcript ───────────────────────────────────────────────────────────────

  function go(node, t, turn) {
    node.classList.add("go");
    node.addEventListener("click", () => { seek(t); if (turn) setFilter("turn:" + turn); });
    return node;
  }
  function drawProblems() {
    const found = call.problems.map((one) => go(make("li", "", one.sentence), one.t, one.turn));
    $("problems").replaceChildren(...(found.length ? found : [make("li", "", "none found")]));
  }
  function drawTurns() {
    const longest = Math.max(1, ...call.turns.map((one) => one.segments.reduce((sum, part) => sum + part.ms, 0)));
    turns = [];
    const seen = new Map();
    for (const one of call.turns) {
      const bar = make("div", "bar"), says = [];
      let at = 0;
      for (const part of one.segments) {
        const piece = make("span");
        piece.style.left = (at / longest) * 100 + "%";
        piece.style.width = (part.ms / longest) * 100 + "%";
        const sort = Object.keys(COLOURS).find((name) => part.name.startsWith(name)) || "thinking";
        piece.style.background = COLOURS[sort];
        const covers = part.covers.length ? " with " + part.covers.join(", ") : "";
        piece.title = part.name + covers + " " + ms(part.ms) + (part.setting ? " (" + part.setting + ")" : "");
        bar.append(piece);
        says.push(piece.title);
        seen.set(sort, part.owner);
        at += part.ms;
      }
      const total = one.audible_ms ?? one.ear_ms ?? one.first_byte_ms ?? one.reply_text_ms;
      const node = make("div", "turn" + (one.slow ? " slow" : ""), make("b", "", "#" + one.turn), make("span", "", one.who), bar, make("span", "", ms(total)), make("span", "cost", one.cost));
      node.title = [...says, one.reason].filter(Boolean).join(", ");
      const told = Object.entries(one.provider_ms).map(([name, x]) => name + " " + ms(x));
      if (told.length) node.title += "\nthe provider measured: " + told.join(", ");
      if (!says.length) bar.append(make("em", "", one.reason));
      node.addEventListener("click", () => { seek(one.t); setFilter("turn:" + one.turn); });
      if (one.t != null) turns.push({ t: one.t, node });
      $("turns").append(node);
    }
    turns.sort((a, b) => a.t - b.t);
    $("legend").replaceChildren(...Object.keys(COLOURS).filter((name) => seen.has(name)).flatMap((name) => {
      const mark = make("i"), owner = seen.get(name);
      mark.style.background = COLOURS[name];
      return [mark, name + (owner === name ? "" : " (" + owner + ")")];
    }));
  }
  function drawTranscript() {
    lines = [];
    words = [];
    for (const one of call.transcript) {
      const text = make("p"), begins = one.words.map(([at]) => at);
      let done = begins.length ? begins[0] : one.said.length;
      text.append(one.said.slice(0, done));
      one.words.forEach(([at, t], index) => {
        const next = one.words[index + 1], to = next ? next[0] : one.said.slice(at).search(/\s|$/) + at;
        const node = make("span", "word", one.said.slice(at, to));
        node.title = clock(t) + (one.words_estimated ? ", estimated" : "");
        node.addEventListener("click", (event) => { event.stopPropagation(); seek(t); });
        words.push({ t, end: next ? next[1] : one.end, node });
        text.append(node);
        done = to;
      });
      text.append(one.said.slice(done));
      for (const note of one.notes) text.append(make("small", "", note));
      const when = go(make("span", "when", clock(one.begin)), one.begin, one.turn);
      const node = make("div", "said " + one.role, when, make("span", "", "#" + (one.turn || 0)), make("span", "", one.role), text);
      lines.push({ t: one.begin, node });
      $("transcript").append(node);
    }
    lines.sort((a, b) => a.t - b.t);
    words.sort((a, b) => a.t - b.t);
  }

  // ── Records ───────────────────────────────────────────────────────────────────────────────────

  const N = 0, T = 1, WAY = 2, KIND = 3, SIZE = 4, TURN = 5, IS = 6, SAYS = 7, TEXT = 8;
  const ARROWS = { "<": "←", ">": "→", ".": "·" };
  const FIELDS = { turn: TURN, n: N, size: SIZE };

  function compared(value) {
    const found = /^(>=|<=|>|<|=)?(\d+(?:\.\d+)?)(k)?(?:-(\d+(?:\.\d+)?)(k)?)?$/.exec(value);
    if (!found) throw new Error(value);
    const low = found[2] * (found[3] ? 1000 : 1), high = found[4] ? found[4] * (found[5] ? 1000 : 1) : low;
    switch (found[1]) {
      case ">=": return (x) => x >= low;
      case "<=": return (x) => x <= low;
      case ">": return (x) => x > low;
      case "<": return (x) => x < low;
      default: return (x) => x >= low && x <= high;
    }
  }
  function term(text) {
    if (text.length > 1 && text[0] === "!") { const inner = term(text.slice(1)); return (row) => !inner(row); }
    if (text in ARROWS) return (row) => row[WAY] === text;
    const pattern = /^\/(.+)\/(i?)$/.exec(text);
    if (pattern) { const regex = new RegExp(pattern[1], pattern[2]); return (row) => regex.test(row[TEXT]) || regex.test(row[SAYS]) || regex.test(row[KIND]); }
    const field = /^(kind|is|turn|n|size):(.+)$/.exec(text);
    if (field && field[1] === "kind") {
      const globs = field[2].split("|").map((one) => new RegExp("^" + one.replace(/[.+^${}()[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".") + "$", "i"));
      return (row) => globs.some((one) => one.test(row[KIND]));
    }
    if (field && field[1] === "is") {
      const bits = field[2].split("|").map((name) => call.is.indexOf(name));
      if (bits.includes(-1)) throw new Error("is: takes " + call.is.join(", "));
      return (row) => bits.some((bit) => row[IS] & (1 << bit));
    }
    if (field) { const pass = compared(field[2]); return (row) => pass(row[FIELDS[field[1]]]); }
    const word = text.replace(/^"(.*)"$/, "$1").toLowerCase();
    return (row) => (row[KIND] + " " + row[SAYS] + " " + row[TEXT]).toLowerCase().includes(word);
  }
  function filterRows() {
    const text = $("filter").value.trim(), quiet = 1 << call.is.indexOf("plumbing");
    try {
      const terms = (text.match(/!?"[^"]*"|!?\/(?:[^\/\\]|\\.)+\/i?|\S+/g) || []).map(term);
      const hidden = !text && !$("plumbing").checked;
      passing = call.rows.filter((row) => !(hidden && row[IS] & quiet) && terms.every((one) => one(row)));
      $("filter").classList.remove("bad");
      const left = call.left_out ? ", " + call.left_out.toLocaleString("en") + " more are not in this page" : "";
      $("passed").textContent = passing.length.toLocaleString("en") + " of " + call.rows.length.toLocaleString("en") + left;
    } catch (error) {
      $("filter").classList.add("bad");
      $("passed").textContent = "not understood: " + error.message;
      return;
    }
    $("room").style.height = passing.length * ROW + "px";
    $("rows").scrollTop = 0;
    drawRows();
  }
  function setFilter(text) {
    $("filter").value = text;
    filterRows();
  }
  let marked = -1;
  function drawRows() {
    const top = Math.floor($("rows").scrollTop / ROW), shown = [];
    for (let place = top; place < Math.min(top + 40, passing.length); place++) {
      const row = passing[place], wrong = row[IS] & 1;
      const line = [String(row[N]).padStart(6), clock(row[T]), ("#" + row[TURN]).padEnd(4), ARROWS[row[WAY]] + (wrong ? "!" : " "),
        row[KIND].slice(0, 40).padEnd(30), (row[WAY] === "." ? "" : String(row[SIZE])).padStart(7), " " + row[SAYS]].join(" ");
      const node = make("div", "row" + (wrong ? " wrong" : "") + (row[N] === chosen ? " chosen" : "") + (place === marked ? " now" : ""), line);
      node.style.top = place * ROW + "px";
      node.addEventListener("click", () => choose(row));
      shown.push(node);
    }
    $("room").replaceChildren(...shown);
  }
  function markRow(t) {
    let low = 0, high = passing.length;
    while (low < high) { const mid = (low + high) >> 1; if (passing[mid][T] <= t) low = mid + 1; else high = mid; }
    const place = call.sound ? low - 1 : -1;
    if (place !== marked) { marked = place; drawRows(); }
  }
  function choose(row) {
    chosen = row[N];
    let text = row[TEXT];
    try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* it is shown as it came */ }
    $("frame").hidden = false;
    $("frame").textContent = "#" + row[N] + " " + row[KIND] + "\n" + (text || row[SAYS]);
    seek(row[T]);
    drawRows();
  }
  $("filter").addEventListener("input", filterRows);
  $("plumbing").addEventListener("change", filterRows);
  $("rows").addEventListener("scroll", drawRows);
  document.addEventListener("keydown", (event) => {
    if (/INPUT|SELECT|BUTTON/.test(event.target.tagName)) return;
    if (event.key === " ") { event.preventDefault(); $("play").click(); }
    if (event.key === "/") { event.preventDefault(); $("filter").focus(); }
  });

  // ── Tables ────────────────────────────────────────────────────────────────────────────────────

  function table(head, rows) {
    const made = make("table");
    if (head) made.append(make("tr", "", ...head.map((one) => make("th", "", one))));
    for (const row of rows) made.append(make("tr", "", ...row.map((one) => make("td", typeof one === "number" ? "n" : "", typeof one === "number" ? one.toLocaleString("en") : one ?? "–"))));
    return made;
  }
  function plain(value) {
    if (value == null || value === "") return "–";
    if (typeof value === "object") return Object.entries(value).map(([name, one]) => name + " " + (one ?? "–")).join(", ");
    return value;
  }
  function drawTables() {
    const { cost, ...counted } = call.summary;
    const figures = [["cost", call.cost || "–"], ["instrument", call.instrument || "not measured: voicescope devices --loopback"], ...call.on_record.map((one) => ["on the provider's record", one]), ...Object.entries(counted).map(([name, value]) => [name, plain(value)])];
    $("figures").append(table(null, figures));
    $("kinds").append(table(["kind", "", "count", "bytes", "a second", "p50 gap, ms", "p95", "largest"], call.statistics.map((one) => {
      const gaps = one.gaps_ms || {};
      return [one.kind, ARROWS[one.direction], one.count, one.bytes, one.per_second, gaps.median, gaps.p95, gaps.max];
    })));
    const { asked, ...rest } = call.settings;
    $("settings").append(table(null, Object.entries(rest).map(([name, value]) => [name, Array.isArray(value) ? value.join("; ") || "–" : plain(value)])));
    for (const frame of asked) {
      let text = frame;
      try { text = JSON.stringify(JSON.parse(frame), null, 2); } catch { /* as it was sent */ }
      $("settings").append(make("pre", "", text));
    }
  }

  function draw(which) {
    number = which;
    call = calls[which];
    for (const name of ["turns", "transcript", "figures", "kinds", "settings"]) $(name).replaceChildren();
    $("frame").hidden = true;
    chosen = marked = -1;
    $("head").textContent = [call.when.replace("T", " ").slice(0, 19), call.whom, clock(call.summary.duration_s), call.summary.turns + " turns", "ended: " + call.ended].join(" · ");
    drawSound();
    drawProblems();
    drawTurns();
    drawTranscript();
    drawTables();
    setFilter("");
    follow();
  }
  calls.forEach((one, at) => {
    const option = make("option", "", one.journal || "call " + (at + 1));
    option.value = at;
    $("calls").append(option);
  });
  $("calls").hidden = calls.length < 2;
  $("calls").addEventListener("change", () => draw(Number($("calls").value)));
  draw(0);
})();
