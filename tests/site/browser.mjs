// Looks at the built site in Chromium: node browser.mjs DIRECTORY [PAGE…]
//
// No page is wider than a telephone's screen, axe finds nothing serious, and the search finds what
// people look for. With pages named, only these are looked at.

import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'

const require = createRequire(new URL('../../site/package.json', import.meta.url))
const { chromium } = require('playwright-core')
const axe = require.resolve('axe-core/axe.min.js')

const [directory, ...rest] = process.argv.slice(2)
const screens = 'target/site/screens'

const PHONE = { width: 400, height: 800 }
const DESK = { width: 1280, height: 900 }

// A page of each kind.
const KINDS = [
  'index.html',
  'quick-start.html',
  'guides/fastapi.html',
  'concepts/template-to-sandbox.html',
  'comparison.html',
  'platforms.html',
  'manifest.html',
  'cli.html',
  'json.html',
  'codes/index.html',
  'codes/missing-key.html',
  'codes/cyclic-template.html',
  '404.html',
]

// What is typed into the search, and what has to be among that many first hits.
const SEARCHES = [
  ['missing-key', /\/codes\/missing-key\.html/, 1],
  ['private registry', /\/(guides\/private-registry|images|lock)\.html/, 5],
]

// What VitePress 1.6.4 has in the box of its search: a button around a list of links.
const IN_SEARCH = ['label-content-name-mismatch', 'nested-interactive']

const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' }

const problems = []
const all = readdirSync(directory, { recursive: true }).filter((file) => file.endsWith('.html'))
const chosen = (pages) => (rest.length > 0 ? rest : pages)

/** Runs `visit` on each page in a window of its own kind. */
async function visit(browser, pages, options, look) {
  const context = await browser.newContext(options)
  const tab = await context.newPage()
  tab.on('pageerror', (error) => problems.push(`${tab.url()}: ${error.message}`))
  for (const page of pages) {
    await tab.goto(`${url}/${page}`)
    // The program of the site has taken over.
    if (options.javaScriptEnabled !== false) await tab.waitForFunction(() => document.querySelector('#app').__vue_app__)
    await look(tab, page)
  }
  await context.close()
}

/** What of the page is wider than the screen, and in nothing that scrolls by itself. */
function tooWide() {
  const width = document.documentElement.clientWidth
  const scrolls = (element) =>
    element && (/auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement))
  const found = [...document.querySelectorAll('.vp-doc *')].filter(
    (element) => element.getBoundingClientRect().right > width + 1 && !scrolls(element.parentElement),
  )
  const names = found.map((element) => `${element.tagName.toLowerCase()} "${element.textContent.trim().slice(0, 40)}"`)
  if (document.scrollingElement.scrollWidth > width) names.push('the page')
  return names.slice(0, 3)
}

async function checkWidths(browser) {
  await visit(browser, chosen(all), { viewport: PHONE, javaScriptEnabled: false }, async (tab, page) => {
    for (const name of await tab.evaluate(tooWide)) problems.push(`${page}: wider than the screen: ${name}`)
  })
}

async function accessibility(tab, what, known = []) {
  await tab.addScriptTag({ path: axe })
  const { violations } = await tab.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }))
  for (const { id, impact, help, nodes } of violations) {
    if (!['serious', 'critical'].includes(impact) || known.includes(id)) continue
    const places = nodes.slice(0, 3).map((node) => `\n    ${node.html.slice(0, 200)}\n    ${node.any[0]?.message ?? ''}`)
    problems.push(`${what}: ${id} (${impact}), ${nodes.length} times: ${help}${places.join('')}`)
  }
}

async function checkKinds(browser) {
  for (const colorScheme of ['light', 'dark']) {
    for (const [name, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
      await visit(browser, chosen(KINDS), { viewport, colorScheme }, async (tab, page) => {
        const what = `${page.replaceAll('/', '-').replace('.html', '')}-${name}-${colorScheme}`
        if (rest.length === 0) await tab.screenshot({ path: `${screens}/${what}.png` })
        if (name === 'desk' || page === 'index.html') await accessibility(tab, what)
      })
    }
  }
}

async function checkSearch(browser) {
  for (const colorScheme of ['light', 'dark']) {
    await visit(browser, ['index.html'], { viewport: DESK, colorScheme }, async (tab) => {
      await tab.keyboard.press('/')
      for (const [words, wanted, within] of SEARCHES) {
        await tab.fill('#localsearch-input', words)
        await tab.waitForFunction((first) => document.querySelector('.result mark')?.textContent.toLowerCase() === first, words.split(/\W/)[0])
        const hits = await tab.$$eval('a.result', (links) => links.map((link) => link.getAttribute('href')))
        if (!hits.slice(0, within).some((hit) => wanted.test(hit))) problems.push(`search for "${words}": ${hits.slice(0, 5)}`)
        const what = `search-${words.replace(' ', '-')}-${colorScheme}`
        await tab.screenshot({ path: `${screens}/${what}.png` })
        await accessibility(tab, what, IN_SEARCH)
      }
    })
  }
}

/** Serves the directory on loopback. */
function serve() {
  const server = createServer(({ url: path }, response) => {
    try {
      const content = readFileSync(join(directory, decodeURI(path.split('?')[0])))
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

mkdirSync(screens, { recursive: true })
const server = await serve()
const url = `http://127.0.0.1:${server.address().port}`
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
await checkWidths(browser)
await checkKinds(browser)
if (rest.length === 0) await checkSearch(browser)
await browser.close()
server.close()
for (const problem of problems) console.log(problem)
console.log(`${chosen(all).length} pages, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0
