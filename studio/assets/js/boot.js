/* Runs in the page's head: parts may be mounted before the modules have come, so their names are kept until then. */
window.tb = {waiting: [], mount(...part) { this.waiting.push(part); }};
