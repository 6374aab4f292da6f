"use strict";

// What WeChat has besides text: pictures, voice, the account's menu, and codes to scan.
(() => {
  const byId = (id) => document.getElementById(id);
  const MOST_BYTES = 1024 * 1024;
  const LONGEST_SIDE = 1600;

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const open = { chat: "private", menu: "" };

  // The panel behind "+".
  const showPanel = (shown) => {
    byId("panel").hidden = !shown;
    byId("more").setAttribute("aria-expanded", String(shown));
  };
  byId("more").addEventListener("click", () => showPanel(byId("panel").hidden));

  const asBase64 = (blob) => new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1]);
    reader.onerror = () => fail(new Error("图片读不出来，请换一张"));
    reader.readAsDataURL(blob);
  });

  // As WeChat does: a large photo is made smaller before it is sent.
  const smaller = async (blob) => {
    if (blob.size <= MOST_BYTES) return blob;
    const picture = await createImageBitmap(blob);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = element("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  };

  const sendPicture = async (blob) => {
    showPanel(false);
    try {
      await window.demoSend("picture", { picture: await asBase64(await smaller(blob)) });
    } catch (error) {
      window.demoTell(error.message || "图片没有发出去");
    }
  };

  byId("file").addEventListener("change", async () => {
    const [chosen] = byId("file").files;
    byId("file").value = "";
    if (chosen) await sendPicture(chosen);
  });

  for (const sample of document.querySelectorAll(".sample")) {
    sample.addEventListener("click", async () => {
      const answer = await fetch(sample.querySelector("img").src);
      await sendPicture(await answer.blob());
    });
  }

  // What others passed on: the platform knows a few such things by name.
  for (const thing of document.querySelectorAll(".forward")) {
    thing.addEventListener("click", () => {
      showPanel(false);
      window.demoSend("forward", { what: thing.dataset.what }).catch((error) => window.demoTell(error.message));
    });
  }

  // Voice: what is typed stands for what WeChat would hear.
  const voiceMode = (on) => {
    byId("composer").dataset.mode = on ? "voice" : "text";
    byId("send").textContent = on ? "说完" : "发送";
    window.demoPlaceholder();
    if (on) byId("text").focus();
  };
  byId("voice").addEventListener("click", () => {
    showPanel(false);
    voiceMode(byId("composer").dataset.mode !== "voice");
  });
  document.addEventListener("demo:sent", () => voiceMode(false));

  // The menu at the bottom of the official account.
  const closeMenus = () => {
    for (const list of document.querySelectorAll(".menu-above")) list.hidden = true;
    for (const key of document.querySelectorAll(".menu-key[aria-expanded]")) key.setAttribute("aria-expanded", "false");
  };

  const press = (key) => {
    closeMenus();
    window.demoSend("press", { key }).catch((error) => window.demoTell(error.message));
  };

  const pressable = (entry, className) => {
    const made = element("button", className, entry.label);
    made.type = "button";
    made.addEventListener("click", () => press(entry.key));
    return made;
  };

  const column = (entry, place) => {
    const made = element("div", "menu-column");
    if (!entry.below.length) {
      made.append(pressable(entry, "menu-key"));
      return made;
    }
    const list = element("div", "menu-above");
    list.id = `menu-above-${place}`;
    list.hidden = true;
    list.append(...entry.below.map((each) => pressable(each, "menu-entry")));
    const title = element("button", "menu-key menu-title", entry.label);
    title.type = "button";
    title.setAttribute("aria-expanded", "false");
    title.setAttribute("aria-controls", list.id);
    title.addEventListener("click", () => {
      const wanted = list.hidden;
      closeMenus();
      list.hidden = !wanted;
      title.setAttribute("aria-expanded", String(wanted));
    });
    made.append(list, title);
    return made;
  };

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    closeMenus();
    showPanel(false);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#menu")) closeMenus();
  });

  const showMenu = (menu) => {
    const text = JSON.stringify(menu);
    if (text !== open.menu) {
      open.menu = text;
      byId("menu").replaceChildren(...menu.map(column));
    }
    byId("menu").hidden = open.chat !== "private" || menu.length === 0;
  };

  document.addEventListener("demo:state", (event) => showMenu(event.detail.menu));
  document.addEventListener("demo:chat", (event) => {
    open.chat = event.detail;
    byId("voice").hidden = open.chat !== "private";
    byId("menu").hidden = open.chat !== "private" || !byId("menu").children.length;
    voiceMode(false);
    showPanel(false);
  });

  for (const button of document.querySelectorAll("[data-scan]")) {
    button.addEventListener("click", () => {
      window.demoSend("scan", { group: button.dataset.scan }).catch((error) => window.demoTell(error.message));
    });
  }
})();
