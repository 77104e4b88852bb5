// The fixed parts of the page; the scripts fill them.
#include <string_view>

#include "cli/html/page.h"

namespace keraunos::cli {

const std::string_view kPageBody = R"html(
<a class="skip" href="#steps">Skip the graph</a>
<header>
  <h1 id="name"></h1>
  <p id="file" class="soft"></p>
  <dl id="facts" class="facts"></dl>
  <div id="refused" class="refused hidden" role="alert"></div>
</header>
<main>
  <section aria-labelledby="graph-title">
    <h2 id="graph-title">Layers</h2>
    <div class="bar">
      <label for="search">Search</label>
      <input id="search" type="search" placeholder="name or class" aria-describedby="found">
      <span id="found" class="soft" role="status"></span>
      <span class="grow"></span>
      <button id="fold" type="button">Unfold models</button>
      <button id="smaller" type="button" aria-label="Smaller">&minus;</button>
      <button id="larger" type="button" aria-label="Larger">+</button>
      <button id="whole" type="button">Fit width</button>
    </div>
    <div id="work" class="work">
      <div id="graph"></div>
      <aside id="details" aria-live="polite" aria-label="The chosen layer"></aside>
    </div>
    <div id="legend" class="legend" aria-hidden="true"></div>
    <p class="soft">Keys in the graph: down and up follow the edges, left and right go to neighbours, Enter unfolds or
    folds a model.</p>
    <details id="layers"><summary>The layers as a table</summary></details>
  </section>
  <section id="steps" aria-labelledby="steps-title">
    <h2 id="steps-title">What runs</h2>
    <div id="steps-body"></div>
  </section>
  <section id="memory" aria-labelledby="memory-title">
    <h2 id="memory-title">Memory over steps</h2>
    <div id="memory-body"></div>
  </section>
  <section id="notes" aria-labelledby="notes-title">
    <h2 id="notes-title">Notes</h2>
    <div id="notes-body"></div>
  </section>
</main>
<footer>written by keraunos inspect --html</footer>
<noscript><p class="refused">This page is drawn by a script in it, which is switched off here.
keraunos summary and keraunos inspect --plan say the same as text.</p></noscript>
)html";

}  // namespace keraunos::cli
