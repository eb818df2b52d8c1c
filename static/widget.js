/* Puts the shop's chat on any page: <script src="https://shop/widget.js" data-merchant="slug"></script> */
(function () {
  "use strict";
  var script = document.currentScript;
  var merchant = script && script.getAttribute("data-merchant");
  if (!merchant || document.getElementById("chatshop-widget")) return;
  var base = new URL(script.src).origin;
  var data = function (name, otherwise) { return script.getAttribute("data-" + name) || otherwise; };
  var colour = /^#[0-9a-f]{6}$/i.test(data("accent", "")) ? data("accent") : "#0f766e";
  var side = data("side", "end") === "start" ? "insetInlineStart" : "insetInlineEnd";
  var sum = [1, 3, 5].map(function (i) { return parseInt(colour.slice(i, i + 2), 16); });
  var ink = sum[0] * 0.299 + sum[1] * 0.587 + sum[2] * 0.114 > 160 ? "#1f1b17" : "#ffffff";
  var still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  var host = document.createElement("div");
  host.id = "chatshop-widget";
  var root = host.attachShadow({ mode: "open" });
  function style(el, rules) { Object.assign(el.style, rules); return el; }
  style(host, { position: "fixed", zIndex: "2147483000", insetBlockEnd: "20px" });
  host.style[side] = "20px";

  var button = style(document.createElement("button"), {
    width: "60px", height: "60px", border: "0", borderRadius: "50%", background: colour, color: ink, cursor: "pointer",
    boxShadow: "0 8px 24px rgba(0,0,0,.22)", display: "grid", placeItems: "center", position: "relative",
  });
  button.type = "button";
  button.setAttribute("aria-label", data("label", "Chat"));
  button.setAttribute("aria-expanded", "false");
  var svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  ["viewBox=0 0 24 24", "width=28", "height=28", "fill=none", "stroke=currentColor", "stroke-width=1.8", "aria-hidden=true"].forEach(function (pair) {
    svg.setAttribute(pair.split("=")[0], pair.split("=")[1]);
  });
  var path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M4 5h16v11H9l-5 4z");
  path.setAttribute("stroke-linejoin", "round");
  svg.appendChild(path);
  var count = style(document.createElement("span"), {
    position: "absolute", insetBlockStart: "-2px", insetInlineEnd: "-2px", minWidth: "22px", height: "22px", borderRadius: "11px",
    background: "#a3261c", color: "#fff", font: "600 13px/22px system-ui,sans-serif", display: "none",
  });
  button.append(svg, count);
  root.append(button);
  var frame = null;

  function place() {
    var small = innerWidth < 520;
    style(frame, small
      ? { inset: "0", width: "100%", height: "100%", borderRadius: "0", maxHeight: "none" }
      : { inset: "auto", insetBlockEnd: "92px", width: "400px", height: "680px", borderRadius: "20px", maxHeight: "calc(100vh - 120px)" });
    if (!small) frame.style[side] = "20px";
  }

  function make() {
    frame = style(document.createElement("iframe"), {
      position: "fixed", border: "0", background: "transparent", boxShadow: "0 16px 48px rgba(0,0,0,.25)",
      opacity: "0", transition: still ? "none" : "opacity 200ms", colorScheme: "normal",
    });
    frame.title = data("label", "Chat");
    frame.allow = "clipboard-write; geolocation";
    var url = new URL("/chat/" + encodeURIComponent(merchant) + "/", base);
    url.searchParams.set("embed", "1");
    if (data("entry", "")) url.searchParams.set("entry", data("entry"));
    if (data("lang", "")) url.searchParams.set("lang", data("lang"));
    if (data("user-id", "")) {
      url.hash = new URLSearchParams({ id: data("user-id"), hash: data("user-hash", ""), name: data("user-name", "") }).toString();
    }
    frame.src = url.href;
    root.append(frame);
    place();
    addEventListener("resize", function () { if (frame.style.display !== "none") place(); });
  }

  function show(open) {
    if (!frame) make();
    frame.style.display = open ? "block" : "none";
    requestAnimationFrame(function () { frame.style.opacity = open ? "1" : "0"; });
    button.setAttribute("aria-expanded", String(open));
    if (open) { place(); frame.focus(); } else button.focus();
  }

  button.addEventListener("click", function () { show(button.getAttribute("aria-expanded") !== "true"); });
  addEventListener("message", function (event) {
    if (!frame || event.source !== frame.contentWindow || event.origin !== base || !event.data) return;
    if (event.data.chatshop === "close") show(false);
    if (event.data.chatshop === "unread") {
      count.textContent = String(event.data.count);
      count.style.display = event.data.count > 0 ? "block" : "none";
    }
  });
  document.body.appendChild(host);
})();
