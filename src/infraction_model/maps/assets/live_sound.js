// Two short tones for a new alert; off until somebody asks for it, as browsers want it too.
function makeSound(button, words) {
  let context = null;

  function tone(frequency, start) {
    const [oscillator, gain] = [context.createOscillator(), context.createGain()];
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0.2, start);
    gain.gain.exponentialRampToValueAtTime(0.001, start + 0.2);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + 0.2);
  }

  function play() {
    if (context === null) return;
    tone(660, context.currentTime);
    tone(880, context.currentTime + 0.18);
  }

  function show() {
    button.textContent = words.text(context === null ? "sound_off" : "sound_on");
    button.setAttribute("aria-pressed", String(context !== null));
  }

  button.addEventListener("click", () => {
    if (context !== null) context.close();
    context = context === null ? new AudioContext() : null;
    show();
    play();
  });
  return { play, show };
}
