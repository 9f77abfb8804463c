"use strict";

// Jumps in the song, and shows which parts of it the browser has fetched.

const byId = (id) => document.getElementById(id);
const song = byId("song");

function clock(seconds) {
  const whole = Math.floor(seconds);
  return Math.floor(whole / 60) + ":" + String(whole % 60).padStart(2, "0");
}

function show() {
  const parts = [];
  for (let i = 0; i < song.buffered.length; i++) {
    parts.push(clock(song.buffered.start(i)) + "–" + clock(song.buffered.end(i)));
  }
  byId("fetched").textContent = parts.join(", ") || "nothing";
  byId("place").textContent = Number.isFinite(song.duration) ? `${clock(song.currentTime)} of ${clock(song.duration)}` : "";
}

function tell(text, good) {
  byId("status").textContent = text;
  byId("status").classList.toggle("good", good);
}

song.addEventListener("loadedmetadata", () => tell("Loaded", true));
song.addEventListener("seeking", () => tell("Seeking", true));
song.addEventListener("seeked", () => tell("At " + clock(song.currentTime), true));
song.addEventListener("error", () => tell("Cannot be played", false));
for (const event of ["loadedmetadata", "progress", "seeked", "timeupdate"]) {
  song.addEventListener(event, show);
}
for (const button of document.querySelectorAll("[data-seek]")) {
  button.addEventListener("click", () => { song.currentTime = Number(button.dataset.seek); });
}
if (song.readyState > 0) {
  tell("Loaded", true);
  show();
}
