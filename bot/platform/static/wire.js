"use strict";

// The folding panel: what went over the wire for the last message of the open chat.
(() => {
  const byId = (id) => document.getElementById(id);
  const PARAMETERS = {
    signature: "签名：用 token、时间、随机数算出来的指纹，证明是平台发的",
    msg_signature: "加密内容的签名：内容改一个字，它就对不上",
    timestamp: "发出的时间（秒）：相差超过 5 分钟的不收",
    nonce: "随机数：同样的话，每次签名都不一样",
    openid: "这个人在公众号里的代号，不是微信号（演示用的假代号）",
    encrypt_type: "加密方式",
  };

  let chat = "private";
  let shown = "";

  const part = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const step = (title, words, ...content) => {
    const made = part("li", "wire-step");
    made.append(part("h3", "", title), part("p", "", words), ...content);
    return made;
  };

  const code = (text, label) => {
    const made = part("pre", "wire-code", text);
    made.tabIndex = 0;
    made.setAttribute("aria-label", label);
    return made;
  };

  const readable = (text) => {
    if (!text) return "（没有内容）";
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text.replaceAll(/>(?=<(?![!/]))/g, ">\n").replaceAll("</xml>", "\n</xml>");
    }
  };

  const query = (wire) => {
    const list = part("dl", "wire-query");
    for (const [name, value] of Object.entries(wire.query)) {
      list.append(part("dt", "", `${name} = ${value}`), part("dd", "", PARAMETERS[name] || ""));
    }
    return list;
  };

  const steps = (wire) => {
    const again = wire.tries > 1 ? `，前面 ${wire.tries - 1} 次没有等到回音` : "";
    const came = wire.status ? `${Math.round(wire.seconds * 1000)} 毫秒后收到（HTTP ${wire.status}）${again}` : "没有在 5 秒内收到";
    const sealed = wire.body !== wire.plain;
    const open = "这个账号设成了明文，没有加密，只有签名：";
    return [
      step("1 平台敲门", `平台向机器人发来请求，网址后面带着签名：POST ${wire.address}`, query(wire)),
      step("2 信封", sealed ? "话装在加了密的信封里，半路上谁也看不懂：" : open, code(readable(wire.body), "加密的请求")),
      sealed && step("3 拆开", "机器人先核对签名，再用自己的密钥拆开：", code(readable(wire.plain), "解开的请求")),
      step("4 回信", `${sealed ? "回信也装进信封，" : ""}${came}：`, code(readable(wire.answer), "加密的回信")),
      sealed && step("5 平台拆开", "平台核对签名、拆开，才显示在手机上：", code(readable(wire.answer_plain), "解开的回信")),
    ].filter(Boolean);
  };

  const look = async () => {
    if (!byId("wire").open) return;
    const response = await fetch(`/demo/api/wire?chat=${encodeURIComponent(chat)}`);
    if (!response.ok) return;
    const wire = await response.json();
    const text = JSON.stringify([chat, wire]);
    if (text === shown) return;
    shown = text;
    byId("wire-empty").hidden = wire !== null;
    byId("wire-steps").replaceChildren(...(wire ? steps(wire) : []));
  };

  byId("wire").addEventListener("toggle", look);
  document.addEventListener("demo:chat", (event) => { chat = event.detail; look(); });
  document.addEventListener("demo:state", (event) => { if (event.detail.lines.length) look(); });
})();
