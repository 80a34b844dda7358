// Runs Lighthouse on addresses of this machine: all categories once, then performance alone.
// stdin: {"browser": path, "flags": [...], "pages": [{"url", "runs"}]}; stdout: one object for each page.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const packages = pathToFileURL(`${process.argv[2]}/`).href;
const { default: lighthouse } = await import(`${packages}lighthouse/core/index.js`);
const { launch } = await import(`${packages}chrome-launcher/dist/index.js`);

const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const job = JSON.parse(readFileSync(0, 'utf8'));
const chrome = await launch({ chromePath: job.browser, chromeFlags: ['--headless=new', ...job.flags], logLevel: 'silent' });
const options = { port: chrome.port, output: 'json', logLevel: 'silent', disableFullPageScreenshot: true };

/** The audits of a category that cost points. */
function losses(lhr, category) {
  return lhr.categories[category].auditRefs
    .filter((ref) => ref.weight > 0 && lhr.audits[ref.id].score !== null && lhr.audits[ref.id].score < 1)
    .map((ref) => `${ref.id} ${lhr.audits[ref.id].displayValue || ''}`.trim());
}

const results = [];
try {
  for (const { url, runs } of job.pages) {
    const { lhr } = await lighthouse(url, { ...options, onlyCategories: CATEGORIES });
    const result = { url, error: lhr.runtimeError?.message || '', scores: {}, losses: {}, performance: [], figures: {} };
    for (const category of CATEGORIES) {
      result.scores[category] = lhr.categories[category].score;
      result.losses[category] = losses(lhr, category);
    }
    result.performance.push(lhr.categories.performance.score);
    for (const id of ['largest-contentful-paint', 'cumulative-layout-shift', 'total-blocking-time']) result.figures[id] = lhr.audits[id]?.displayValue;
    for (let run = 1; run < runs; run += 1) {
      const again = await lighthouse(url, { ...options, onlyCategories: ['performance'] });
      result.performance.push(again.lhr.categories.performance.score);
      process.stderr.write('.');
    }
    results.push(result);
  }
} finally {
  await chrome.kill();
}
process.stdout.write(JSON.stringify(results));
