import { fileURLToPath } from 'node:url'
import { slug } from 'github-slugger'
import { defineConfig } from 'vitepress'

import { links } from './links.mjs'
import { repository, root } from './repository.mjs'
import { sidebar } from './sidebar.mjs'

const description =
  'sbx compiles a declarative sandbox.toml into agent-sandbox templates and builds them'

const pages = links()

// A page becomes a component, whose import of Vue is not found from `docs`.
const vueOfTheSite = {
  name: 'vue-of-the-site',
  enforce: 'pre',
  resolveId(source, importer, options) {
    if (!/^vue(\/|$)/.test(source) || !importer?.startsWith(`${root}/docs/`)) return undefined
    return this.resolve(source, fileURLToPath(import.meta.url), { ...options, skipSelf: true })
  },
}

export default defineConfig({
  title: 'sbx',
  description,
  lang: 'en',
  // The pages are read on GitHub as well, so they are in `docs` and have nothing of VitePress in them.
  srcDir: '../docs',
  outDir: `${root}/target/site/dist`,
  cacheDir: `${root}/target/site/cache`,
  rewrites: { 'codes/README.md': 'codes/index.md' },
  markdown: {
    // The same anchors as on GitHub.
    anchor: { slugify: slug },
    // The plain GitHub themes have comments of too little contrast on the background of a block.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: pages.rules,
  },
  // All dead links at once, with those out of `docs` and with anchors.
  ignoreDeadLinks: true,
  buildEnd: pages.check,
  vite: {
    plugins: [vueOfTheSite],
    // The chunk is the index of the search, which is loaded when it is opened.
    build: { chunkSizeWarningLimit: 4000 },
  },
  themeConfig: {
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'Guides', link: '/guides/fastapi', activeMatch: '^/guides/' },
      { text: 'Manifest', link: '/manifest' },
      { text: 'Commands', link: '/cli' },
      { text: 'Diagnostics', link: '/codes/', activeMatch: '^/codes/' },
    ],
    sidebar: sidebar(),
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    notFound: { quote: 'There is no page at this address.', linkText: 'Home', linkLabel: 'Home' },
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: { pattern: `${repository}/edit/main/docs/:path`, text: 'Edit this page' },
    externalLinkIcon: true,
  },
})
