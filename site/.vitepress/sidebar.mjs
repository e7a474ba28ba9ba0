import { readdirSync, readFileSync } from 'node:fs'
import { root } from './repository.mjs'

// Each group with its pages, in the order in which they are shown. A page is called what its heading
// says, or what is written behind it where that is too long or says too little beside the others.
const GROUPS = [
  ['Start', [
    ['index', 'What sbx is'],
    'install',
    'quick-start',
  ]],
  ['Guides', [
    'guides/fastapi',
    'guides/playwright',
    'guides/data-science',
    'guides/layered',
    'guides/monorepo',
    'guides/private-registry',
    'guides/private-packages',
    'testing',
    'guides/debug-a-build',
    'agent',
    'ci',
    'editors',
    'guides/migrate-dockerfile',
    'guides/migrate-e2b',
    'guides/migrate-sdk',
  ]],
  ['Concepts', [
    'concepts/template-to-sandbox',
    'concepts/caching',
    'concepts/digest-and-lock',
    ['trust', 'Trust'],
    'comparison',
    'architecture',
  ]],
  ['Reference', [
    ['manifest', 'sandbox.toml'],
    ['commands', 'Commands'],
    ['cli', 'Command line'],
    ['codes/README', 'Diagnostic codes'],
    'side-by-side',
    ['platforms', 'How platforms answer'],
    'environment',
    'exit-codes',
    'json',
    ['images', 'Base images'],
    ['dockerfile', 'Dockerfile translation'],
    ['import', 'sbx import'],
    ['export', 'sbx export'],
    ['formatting', 'sbx fmt'],
    ['build', 'Images built from a Dockerfile'],
    'profiles',
    ['lock', 'sbx lock'],
    ['plan', 'sbx plan'],
    ['templates', 'sbx list, show, tag, delete…'],
    ['sandboxes', 'sbx run and sbx shell'],
    ['doctor', 'sbx doctor'],
    ['local', 'The local platform'],
  ]],
]

/** The path of a page in the site, where a `README` is the index of its directory. */
const link = (page) => `/${page.replace(/README$/, '').replace(/^index$/, '')}`

const text = (page) => readFileSync(`${root}/docs/${page}.md`, 'utf8')

const heading = (page) => text(page).match(/^# (.*)$/m)[1].replaceAll('`', '')

/** The codes below their topics, as the generated index of codes has them. */
function topics() {
  const sections = text('codes/README').split('\n## ').slice(1)
  return sections.map((section) => ({
    heading: section.split('\n')[0],
    codes: [...section.matchAll(/\]\(([a-z0-9-]+)\.md\)/g)].map(([, code]) => `codes/${code}`),
  }))
}

/** Stops if a page is in no sidebar, in two places, or not there. */
function compare(listed) {
  const files = readdirSync(`${root}/docs`, { recursive: true })
  const there = files.filter((file) => file.endsWith('.md')).map((file) => file.replace(/\.md$/, ''))
  const problems = [
    ...there.filter((page) => !listed.includes(page)).map((page) => `docs/${page}.md is in no sidebar`),
    ...listed.filter((page) => !there.includes(page)).map((page) => `docs/${page}.md does not exist`),
    ...listed.filter((page, at) => listed.indexOf(page) !== at).map((page) => `docs/${page}.md is listed twice`),
  ]
  if (problems.length > 0) throw new Error(`site/.vitepress/sidebar.mjs:\n${problems.join('\n')}`)
}

/** The sidebars of the site: that of the codes, and that of everything else. */
export function sidebar() {
  const groups = GROUPS.map(([name, pages]) => [name, pages.map((page) => [page].flat())])
  const codes = topics()
  compare([
    ...groups.flatMap(([, pages]) => pages.map(([page]) => page)),
    ...codes.flatMap((topic) => topic.codes),
  ])
  return {
    '/': groups.map(([name, pages]) => ({
      text: name,
      items: pages.map(([page, title]) => ({ text: title ?? heading(page), link: link(page) })),
    })),
    '/codes/': [
      { text: 'All codes', link: '/codes/' },
      ...codes.map((topic) => ({
        text: topic.heading,
        items: topic.codes.map((page) => ({ text: heading(page), link: link(page) })),
      })),
    ],
  }
}
