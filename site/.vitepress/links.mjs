import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { repository, root } from './repository.mjs'

const docs = join(root, 'docs')

/**
 * What the site does with the links of pages, which are written for a reader of the repository: a link
 * to a file outside of `docs` becomes one to the repository. Each file and each anchor has to be there.
 */
export function links() {
  // The anchors of each page, and the anchors that pages link to.
  const anchors = new Map()
  const wanted = []
  const problems = new Set()

  /** Extends a renderer of Markdown, whose own rules have made the anchors. */
  function rules(md) {
    md.core.ruler.push('links', ({ tokens, env }) => {
      const page = env.realPath ?? env.path
      anchors.set(page, new Set(tokens.map((token) => token.attrGet('id'))))
      for (const token of tokens.flatMap((token) => token.children ?? [])) {
        const href = token.type === 'link_open' && token.attrGet('href')
        if (href && !/^[a-z]+:/i.test(href)) token.attrSet('href', converted(page, href))
      }
    })

    /** A relative link as the site has it. */
    function converted(page, href) {
      const [path, anchor] = href.split('#')
      const target = path === '' ? page : join(dirname(page), decodeURI(path))
      if (!existsSync(target)) {
        problems.add(`${relative(root, page)}: no file ${href}`)
        return href
      }
      const inside = !relative(docs, target).startsWith('..')
      if (target.endsWith('.md')) {
        if (anchor !== undefined) wanted.push({ page, href, target, anchor })
        // A text outside of `docs`, such as the README, is read for its anchors and its own links.
        if (!inside && !anchors.has(target)) {
          anchors.set(target, new Set())
          md.parse(readFileSync(target, 'utf8'), { path: target })
        }
      }
      if (inside) return href.replace(/\bREADME\.md\b/, 'index.md')
      const kind = statSync(target).isDirectory() ? 'tree' : 'blob'
      return `${repository}/${kind}/main/${relative(root, target)}${anchor ? `#${anchor}` : ''}`
    }

    // A block whose words name a file, as in "```toml base/sandbox.toml".
    const fence = md.renderer.rules.fence
    md.renderer.rules.fence = (tokens, index, ...rest) => {
      const file = tokens[index].info.trim().split(/\s+/)[1]
      const name = file ? `<p class="file-name">${md.utils.escapeHtml(file)}</p>` : ''
      return name + fence(tokens, index, ...rest)
    }
  }

  /** Stops if a link leads nowhere. */
  function check() {
    for (const { page, href, target, anchor } of wanted) {
      if (!anchors.get(target)?.has(anchor)) problems.add(`${relative(root, page)}: no anchor ${href}`)
    }
    if (problems.size > 0) throw new Error(`dead links:\n${[...problems].join('\n')}`)
  }

  return { rules, check }
}
