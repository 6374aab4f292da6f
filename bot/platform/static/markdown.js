"use strict";

// Shows the small part of Markdown that WeCom shows (headings, bold, quotes, coloured words,
// links) as elements. Text never becomes HTML.
window.showMarkdown = (text) => {
  const shown = document.createDocumentFragment();
  const inline = /\*\*(.+?)\*\*|<font color="(info|comment|warning)">(.*?)<\/font>|\[([^\]]+)\]\((https?:[^)\s]+)\)/g;

  const words = (parent, line) => {
    let end = 0;
    for (const match of line.matchAll(inline)) {
      parent.append(line.slice(end, match.index));
      end = match.index + match[0].length;
      const [, bold, colour, coloured, name, address] = match;
      const part = document.createElement(bold ? "strong" : colour ? "span" : "a");
      if (colour) part.className = `colour-${colour}`;
      if (address) {
        part.href = address;
        part.rel = "noreferrer noopener";
        part.target = "_blank";
      }
      if (bold || coloured) words(part, bold || coloured);
      else part.append(name || "");
      parent.append(part);
    }
    parent.append(line.slice(end));
  };

  for (const raw of text.split("\n")) {
    const heading = /^#{1,6}\s+(.*)$/.exec(raw);
    const quote = /^>\s?(.*)$/.exec(raw);
    const line = document.createElement("div");
    line.className = heading ? "md-heading" : quote ? "md-quote" : "md-line";
    words(line, heading ? heading[1] : quote ? quote[1] : raw);
    shown.append(line);
  }
  return shown;
};
