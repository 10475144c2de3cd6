// What book_checks.py asks of a page from the inside: functions that return problems.

// Mathematics set, fonts there, nothing in motion, folded cells open like the others.
window.settle = async () => {
  await window.MathJax?.startup?.promise;
  await document.fonts.ready;
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const still = document.createElement("style");
  still.textContent = "*, ::before, ::after { transition: none !important; animation: none !important }";
  document.head.append(still);
};

// An image without alt text gets its address as alt text from Sphinx.
window.imageProblems = () => {
  const problems = [];
  for (const image of document.images) {
    const name = (image.getAttribute("src") ?? "").slice(0, 100);
    const alt = (image.getAttribute("alt") ?? "").trim();
    const decorative = image.matches("[role=presentation], [role=none], [aria-hidden=true]");
    if (!image.naturalWidth) problems.push(`broken image: ${name}`);
    if (!decorative && (!alt || /\.(png|svg|jpe?g|gif|webp)$/i.test(alt)))
      problems.push(`image without alt text: ${name}`);
  }
  return problems;
};

// TeX in prose that MathJax did not set, or could not understand.
window.mathProblems = () => {
  const problems = [];
  const tex = /\\[(\[]|\\[a-zA-Z]{2,}|\$\$|\$[^$\n]*[\\^_{][^$\n]*\$/;
  const notProse = "script, style, noscript, pre, code, mjx-container";
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim();
    if (tex.test(text) && !texts.currentNode.parentElement.closest(notProse))
      problems.push(`raw TeX: ${text.slice(0, 80)}`);
  }
  const wrong = "mjx-container [data-mml-node=merror], mjx-assistive-mml [mathcolor=red]";
  for (const error of document.querySelectorAll(wrong))
    problems.push(`TeX with a mistake: ${error.dataset.mjxError ?? error.textContent}`);
  return problems;
};

// Wider than the screen, or cut off by it: in no box of its own that scrolls.
window.widthProblems = () => {
  const problems = [];
  const screen = window.innerWidth;
  const scrolls = (box) => ["auto", "scroll"].includes(getComputedStyle(box).overflowX);
  for (const box of [document.documentElement, document.body])
    if (box.scrollWidth > screen) problems.push(`${box.scrollWidth} px wide on a screen of ${screen}`);
  for (const element of document.body.querySelectorAll("*")) {
    const { right, width, height } = element.getBoundingClientRect();
    const shown = width > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true });
    if (!shown || right <= screen + 1) continue;
    let box = element.parentElement;
    while (box && box !== document.body && !scrolls(box)) box = box.parentElement;
    if (!box || box === document.body)
      problems.push(`sticks out of the screen: ${element.outerHTML.slice(0, 100)}`);
  }
  return problems;
};

// axe-core's default rules; what it calls serious or critical.
window.axeProblems = async () => {
  const { violations } = await axe.run({ resultTypes: ["violations"] });
  return violations
    .filter((rule) => ["serious", "critical"].includes(rule.impact))
    .flatMap((rule) => rule.nodes.map((node) => `axe ${rule.id} (${rule.impact}): ${node.html.slice(0, 200)}`));
};
