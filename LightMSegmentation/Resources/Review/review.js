// What the page does by itself: choosing and sending files, saving what the server hands over, keys, light and dark.
(function () {
  "use strict";
  const THEME = "lightm-review-theme";
  const WITH_CTRL = ["z", "y"];

  function say(text, kind) {
    window.trame.state.update({ MessageState__text: text, MessageState__kind: kind, MessageState__shown: true });
  }

  async function asked(address, method, body) {
    const answer = await fetch(address, { method, body, cache: "no-store" });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(told.error || "The server did not take the file.");
  }

  async function send(files) {
    window.trame.state.set("CaseState__is_loading", true);
    try {
      await asked("/lightm/upload", "DELETE");
      let sent = 0;
      for (const file of files) {
        sent += 1;
        if (files.length > 1 && sent % 25 === 1) say(`Sending file ${sent} of ${files.length}`, "info");
        await asked("/lightm/upload/" + encodeURIComponent(file.name), "PUT", file);
      }
      window.trame.state.set("MessageState__shown", false);
      await window.trame.trigger("lightm_uploaded");
    } catch (error) {
      window.trame.state.set("CaseState__is_loading", false);
      say(error.message, "error");
    }
  }

  function choose(folder) {
    const input = document.createElement("input");
    input.type = "file";
    input.id = "chosen-files";
    input.hidden = true;
    if (folder) input.webkitdirectory = true;
    input.addEventListener("change", () => { if (input.files.length) send([...input.files]); input.remove(); });
    document.body.append(input);
    input.click();
  }

  async function save(ending) {
    const file = await window.trame.trigger("lightm_save", [ending]);
    if (!file) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file.content], { type: "application/octet-stream" }));
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function isTyping(target) {
    return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
  }

  function onKey(event) {
    if (event.altKey || event.metaKey || isTyping(event.target)) return;
    if (event.ctrlKey) {
      if (event.key === "s") { event.preventDefault(); save(".seg.nrrd"); }
      else if (WITH_CTRL.includes(event.key)) { event.preventDefault(); window.trame.trigger("lightm_key", ["ctrl+" + event.key]); }
      return;
    }
    if (event.key === "r" && document.getElementById("note") && !document.getElementById("note").value.trim()) {
      event.preventDefault();
      document.getElementById("note").focus();
      return;
    }
    if (/^([a-z1-9?]|Escape|PageUp|PageDown)$/.test(event.key)) window.trame.trigger("lightm_key", [event.key]);
  }

  function preferredTheme() {
    return localStorage.getItem(THEME) || (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark");
  }

  window.lightm = {
    choose,
    save,
    send,
    keepTheme(theme) { localStorage.setItem(THEME, theme); },
    listen() {
      // After the page has been built: what is set while it is being built is not shown.
      setTimeout(() => window.trame.state.set("LookState__theme", preferredTheme()), 0);
      document.documentElement.lang = "en";
      if (window.lightm.isListening) return;
      window.lightm.isListening = true;
      window.addEventListener("keydown", onKey);
    },
  };
})();
