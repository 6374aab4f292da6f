"use strict";

// The desk beside the phone: starts the weekly warning and shows what became of it, group by group.
(() => {
  const byId = (id) => document.getElementById(id);
  const STATES = {
    queued: ["排队中", "busy"],
    sending: ["正在发送", "busy"],
    sent: ["已发到群里", "good"],
    awaiting_person: ["等群主在手机上点一下确认", "wait"],
    refused: ["没有发出去", "bad"],
    unknown: ["不确定有没有发出去，要人看一下", "bad"],
    expired: ["过了时间，没有发", "bad"],
    cancelled: ["已取消", "bad"],
  };

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const groupName = (delivery) => {
    const tab = document.querySelector(`.tab[data-chat="${CSS.escape(delivery.group)}"] .tab-name`);
    return delivery.name || (tab ? tab.textContent : delivery.group);
  };

  const row = (delivery) => {
    const [words, look] = STATES[delivery.state] || [delivery.state, "busy"];
    const made = element("tr");
    const cell = element("td");
    cell.append(element("span", `state ${look}`, words));
    if (look === "bad" && delivery.detail) cell.append(element("span", "detail", delivery.detail));
    const name = element("th", "", groupName(delivery));
    name.scope = "row";
    made.append(name, cell);
    return made;
  };

  let seen = "";
  let open = false;
  const show = (edition) => {
    const text = JSON.stringify(edition);
    if (text === seen) return;
    seen = text;
    const deliveries = edition ? edition.deliveries : [];
    open = deliveries.some((d) => ["queued", "sending", "awaiting_person"].includes(d.state));
    byId("deliveries").hidden = deliveries.length === 0;
    byId("rows").replaceChildren(...deliveries.map(row));
    byId("notice").textContent = notice(edition, deliveries);
    byId("notice").classList.remove("bad");
    document.dispatchEvent(new Event("demo:look"));
  };

  const notice = (edition, deliveries) => {
    if (!edition) return "还没有发送过。点一下按钮，看它到各个群里。";
    const of = (state) => deliveries.filter((d) => d.state === state).length;
    if (of("awaiting_person")) return `已发到 ${of("sent")} 个群，还有 ${of("awaiting_person")} 个群等群主确认：打开手机上的居民群，点一下最上面的黄条。`;
    return open ? "正在发送…" : `发送结束：${deliveries.length} 个群里有 ${of("sent")} 个收到。`;
  };

  const complain = (words) => {
    byId("notice").textContent = words;
    byId("notice").classList.add("bad");
  };

  let timer = 0;
  const poll = async () => {
    clearTimeout(timer);
    try {
      const response = await fetch("/demo/api/status");
      if (response.ok) show(await response.json());
    } finally {
      timer = setTimeout(poll, open ? 1000 : 4000);
    }
  };

  byId("fire").addEventListener("click", async () => {
    byId("fire").disabled = true;
    try {
      show(await window.demoPost("fire", {}));
    } catch (error) {
      complain(error.message);
    }
    byId("fire").disabled = false;
    await poll();
  });

  poll();
})();
