"use strict";

// The phone: three chats over one stream of lines, polled from the platform.
(() => {
  const byId = (id) => document.getElementById(id);
  const tabs = [...document.querySelectorAll(".tab")];
  const examples = [...byId("examples").querySelectorAll("button")];
  const log = byId("log");
  const scroll = byId("scroll");
  const GAP_MS = 5 * 60 * 1000;

  const phone = {
    run: null,
    since: 0,
    open: "private",
    chats: new Map(),
    lines: [],
    unread: new Map(),
    typing: [],
    tasks: [],
    offline: false,
    drafts: new Map(),
  };

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const clockTime = (at) =>
    new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });

  const pictureOf = (line) => {
    const picture = element("img", "picture");
    picture.src = `/demo/api/picture/${encodeURIComponent(line.media)}`;
    picture.alt = "发出的图片";
    picture.addEventListener("load", toEnd);
    return picture;
  };

  const cardOf = (line) => {
    const keys = element("div", "card-keys");
    keys.append(...line.buttons.map((button) => {
      const key = element("button", "card-key", button.label);
      key.type = "button";
      key.addEventListener("click", () => {
        window.demoSend("tap", { task: line.task, key: button.key }).catch((error) => window.demoTell(error.message));
      });
      return key;
    }));
    return keys;
  };

  const waveOf = () => {
    const wave = element("span", "wave");
    wave.setAttribute("aria-hidden", "true");
    wave.append(element("i"), element("i"), element("i"));
    return wave;
  };

  const bubbleOf = (line) => {
    const bubble = element("div", `bubble ${line.form}`);
    if (line.form === "markdown") bubble.append(window.showMarkdown(line.text));
    else if (line.form === "picture") bubble.append(pictureOf(line));
    else if (line.form === "voice") {
      bubble.append(waveOf(), ` ${Math.min(60, Math.max(1, Math.round(line.text.length / 4)))}″`);
      bubble.setAttribute("aria-label", "语音");
    } else bubble.textContent = line.text;
    if (line.buttons.length) bubble.append(cardOf(line));
    return bubble;
  };

  const lineItem = (line) => {
    const chat = phone.chats.get(line.chat);
    if (line.kind === "notice") return element("li", "system", line.text);
    const mine = line.kind === "person" && chat && line.speaker === chat.me;
    const item = element("li", `line ${mine ? "mine" : "theirs"} ${line.kind}`);
    const face = element("span", "face", line.kind === "person" ? line.speaker.slice(0, 1) : line.kind === "bot" ? "盾" : "警");
    face.setAttribute("aria-hidden", "true");
    const side = element("div", "side");
    side.append(element("span", mine ? "unseen" : "speaker", line.speaker));
    side.append(bubbleOf(line));
    if (line.form === "voice") side.append(element("span", "heard", `听成文字：${line.text}`));
    if (line.form === "picture" && line.text) side.append(element("span", "heard", line.text));
    item.append(face, side);
    return item;
  };

  const appendLine = (line, before) => {
    if (!before || new Date(line.at) - new Date(before.at) > GAP_MS) {
      log.append(element("li", "system time", clockTime(line.at)));
    }
    log.append(lineItem(line));
  };

  const linesOf = (chat) => phone.lines.filter((line) => line.chat === chat);

  const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; };

  const showTabs = () => {
    for (const tab of tabs) {
      const chosen = tab.dataset.chat === phone.open;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      const chat = phone.chats.get(tab.dataset.chat);
      if (chat) tab.querySelector(".tab-name").textContent = chat.name;
      const badge = tab.querySelector(".badge");
      const waiting = phone.tasks.some((task) => task.chat === tab.dataset.chat) && !chosen;
      const unread = phone.unread.get(tab.dataset.chat) || 0;
      badge.hidden = !unread && !waiting;
      badge.textContent = unread ? String(unread) : "待确认";
    }
  };

  const showBanners = () => {
    const wanted = phone.tasks.filter((task) => task.chat === phone.open);
    const box = byId("banners");
    const shown = [...box.children].map((child) => child.dataset.task).join();
    if (shown === wanted.map((task) => task.task).join()) return;
    box.replaceChildren(...wanted.map((task) => {
      const banner = element("button", "banner");
      banner.type = "button";
      banner.dataset.task = task.task;
      banner.append(
        element("span", "banner-title", "企业群发待确认：点一下发送到群"),
        element("span", "banner-text", task.text),
      );
      banner.addEventListener("click", () => confirmTask(banner, task.task));
      return banner;
    }));
  };

  const showTyping = () => {
    const typing = phone.typing.includes(phone.open);
    if (byId("typing").hidden === !typing) return;
    byId("typing").hidden = !typing;
    if (typing) toEnd();
  };

  const showHint = () => {
    const chat = phone.chats.get(phone.open);
    byId("hint").textContent = phone.offline ? "连不上演示平台，正在重试…" : chat ? chat.hint : "";
    byId("hint").classList.toggle("bad", phone.offline);
  };

  const showChat = () => {
    const chosen = tabs.find((tab) => tab.dataset.chat === phone.open);
    byId("chat").setAttribute("aria-labelledby", chosen.id);
    phone.unread.delete(phone.open);
    for (const button of examples) button.hidden = button.dataset.chat !== phone.open;
    byId("examples").scrollLeft = 0;
    // Old lines are read by going there, not announced again.
    log.setAttribute("aria-live", "off");
    log.replaceChildren();
    linesOf(phone.open).forEach((line, index, all) => appendLine(line, all[index - 1]));
    requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
    showTabs();
    showBanners();
    showTyping();
    showHint();
    toEnd();
    document.dispatchEvent(new CustomEvent("demo:chat", { detail: phone.open }));
  };

  window.demoPlaceholder = () => {
    const voice = byId("composer").dataset.mode === "voice";
    byId("text").placeholder = voice ? "把要说的话写在这里" : phone.open === "hengda-finance" ? "写上 @反诈助手 它才看得到" : "写一句话";
  };

  const openChat = (chat) => {
    phone.drafts.set(phone.open, byId("text").value);
    phone.open = chat;
    byId("text").value = phone.drafts.get(chat) || "";
    showChat();
  };

  const takeLine = (line) => {
    const before = linesOf(line.chat).at(-1);
    phone.lines.push(line);
    phone.since = Math.max(phone.since, line.number);
    if (line.chat === phone.open) {
      appendLine(line, before);
      toEnd();
      return;
    }
    phone.unread.set(line.chat, (phone.unread.get(line.chat) || 0) + 1);
    const chat = phone.chats.get(line.chat);
    byId("announce").textContent = `${chat ? chat.name : ""}有新消息`;
  };

  const take = (state) => {
    const first = phone.run === null;
    if (!first && phone.run !== state.run) {
      Object.assign(phone, { run: state.run, since: 0, lines: [], unread: new Map() });
      showChat();
      return;
    }
    phone.run = state.run;
    for (const chat of state.chats) phone.chats.set(chat.id, chat);
    phone.tasks = state.tasks;
    phone.typing = state.typing;
    phone.offline = false;
    state.lines.forEach(takeLine);
    if (first) {
      phone.unread.clear();
      showChat();
    }
    showTabs();
    showBanners();
    showTyping();
    showHint();
    document.dispatchEvent(new CustomEvent("demo:state", { detail: state }));
  };

  let timer = 0;
  let polling = false;
  let again = false;
  const poll = async () => {
    clearTimeout(timer);
    again = polling;
    if (polling) return;
    polling = true;
    try {
      const response = await fetch(`/demo/api/state?since=${phone.since}`);
      if (!response.ok) throw new Error(String(response.status));
      take(await response.json());
    } catch {
      phone.offline = true;
      showHint();
    }
    polling = false;
    const busy = phone.typing.length > 0;
    timer = setTimeout(poll, again ? 0 : phone.offline ? 2000 : busy ? 250 : 1000);
  };

  window.demoPost = async (action, body) => {
    const response = await fetch(`/demo/api/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error || "没有成功，请再试一次");
    return answer;
  };

  const sayHere = (words) => {
    log.append(element("li", "system bad", words));
    toEnd();
  };

  window.demoTell = sayHere;

  // Whoever writes in the open chat does this.
  window.demoSend = async (action, body) => {
    const me = phone.chats.get(phone.open);
    await window.demoPost(action, { chat: phone.open, as: me ? me.me : "我", ...body });
    await poll();
  };

  const send = async (text, action = "say") => {
    try {
      await window.demoSend(action, { text });
    } catch (error) {
      sayHere(error.message);
      return false;
    }
    return true;
  };

  const confirmTask = async (banner, task) => {
    banner.disabled = true;
    try {
      await window.demoPost("confirm", { task });
      await poll();
      byId("scroll").focus();
    } catch (error) {
      banner.disabled = false;
      sayHere(error.message);
    }
  };

  byId("composer").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = byId("text").value.trim();
    if (!text) return;
    byId("text").value = "";
    const voice = byId("composer").dataset.mode === "voice";
    if (!(await send(text, voice ? "speak" : "say"))) byId("text").value = text;
    else document.dispatchEvent(new Event("demo:sent"));
  });

  for (const button of examples.filter((each) => each.dataset.text)) {
    button.addEventListener("click", () => send(button.dataset.text));
  }

  for (const [place, tab] of tabs.entries()) {
    tab.addEventListener("click", () => openChat(tab.dataset.chat));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = tabs[(place + step + tabs.length) % tabs.length];
      openChat(next.dataset.chat);
      next.focus();
    });
  }

  document.addEventListener("demo:look", poll);
  showChat();
  poll();
})();
