// Plays WeCom with the vendor's own SDKs: reads one JSON order a line, answers with one JSON line.
//   {sdk, url, token, aesKey, receiveId, plain}          signed and encrypted POST; the opened answer
//   {sdk, url, token, aesKey, receiveId, echo}           the console's check of the address
//   {sdk: "aibot", aesKey, media}                        a picture as its url serves it (base64), opened
// sdk is "crypto" (@wecom/crypto) or "aibot" (@wecom/aibot-node-sdk); an app's answer is XML.
"use strict";

const readline = require("node:readline");
const { randomInt } = require("node:crypto");
const crypto = require("@wecom/crypto");
const { WecomCrypto, decryptFile } = require("@wecom/aibot-node-sdk");

function machine({ sdk, token, aesKey, receiveId }) {
  if (sdk === "aibot") {
    const wecom = new WecomCrypto(token, aesKey, receiveId);
    return {
      encrypt: (plain) => wecom.encrypt(plain, "0", "0").encrypt,
      sign: (timestamp, nonce, encrypted) => wecom.computeSignature(timestamp, nonce, encrypted),
      decrypt: (encrypted) => wecom.decrypt(encrypted),
    };
  }
  return {
    encrypt: (plain) => crypto.encrypt(aesKey, plain, receiveId),
    sign: (timestamp, nonce, encrypted) => crypto.getSignature(token, timestamp, nonce, encrypted),
    decrypt: (encrypted) => {
      const { message, id } = crypto.decrypt(aesKey, encrypted);
      if (id !== receiveId) throw new Error("another receiver");
      return message;
    },
  };
}

const element = (xml, name) =>
  new RegExp(`<${name}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${name}>`, "s").exec(xml)?.[1] ?? "";

function openAnswer(wecom, body) {
  const json = body.startsWith("{") ? JSON.parse(body) : null;
  const [encrypted, given, timestamp, nonce] = json
    ? [json.encrypt, json.msgsignature, String(json.timestamp), json.nonce]
    : ["Encrypt", "MsgSignature", "TimeStamp", "Nonce"].map((name) => element(body, name));
  if (given !== wecom.sign(timestamp, nonce, encrypted)) throw new Error("wrong signature");
  return wecom.decrypt(encrypted);
}

async function obey(order) {
  if (order.media) {
    return { media: decryptFile(Buffer.from(order.media, "base64"), order.aesKey).toString("base64") };
  }
  const wecom = machine(order);
  const encrypted = wecom.encrypt(order.echo ?? order.plain);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = String(randomInt(10 ** 10));
  const query = { msg_signature: wecom.sign(timestamp, nonce, encrypted), timestamp, nonce };
  if (order.echo !== undefined) {
    const answer = await fetch(`${order.url}?${new URLSearchParams({ ...query, echostr: encrypted })}`);
    return { status: answer.status, plain: await answer.text() };
  }
  const body = order.plain.startsWith("<")
    ? `<xml><ToUserName><![CDATA[${order.receiveId}]]></ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`
    : JSON.stringify({ encrypt: encrypted });
  const answer = await fetch(`${order.url}?${new URLSearchParams(query)}`, { method: "POST", body });
  const text = await answer.text();
  return { status: answer.status, plain: text ? openAnswer(wecom, text) : "" };
}

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  try {
    console.log(JSON.stringify(await obey(JSON.parse(line))));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
});
