// What the official JavaScript SDKs can do with a sandbox, against `sbx serve`.
//
// usage: js_matrix.js e2b|novita-sandbox URL TEMPLATE DIRECTORY [--all] [--large] [PART OF A NAME…]
//
// `DIRECTORY` has the `node_modules` with the SDKs. Without `--all`, a short list is run.

const assert = require('node:assert')
const crypto = require('node:crypto')
const http = require('node:http')
const path = require('node:path')

const [name, url, template, directory, ...rest] = process.argv.slice(2)
const all = rest.includes('--all')
const large = rest.includes('--large')
const wanted = rest.filter((word) => !word.startsWith('--'))
const prefix = { e2b: 'E2B', 'novita-sandbox': 'NOVITA' }[name]
process.env[`${prefix}_API_KEY`] = name === 'e2b' ? 'e2b_' + '0'.repeat(40) : 'sk_local'
process.env[`${prefix}_API_URL`] = url
process.env[`${prefix}_SANDBOX_URL`] = url
process.env[`${prefix}_DOMAIN`] = 'localhost'

const sdk = require(path.resolve(directory, 'node_modules', name))
const { Sandbox } = sdk
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const create = (options = {}) => Sandbox.create(template, { timeoutMs: 120_000, ...options })

/** Asks a port by its host name, which Node does not resolve. */
function get(sandbox, port, target = '/') {
  const { hostname, port: at } = new URL(url)
  const headers = { Host: sandbox.getHost(port) }
  return new Promise((resolve, reject) => {
    http.get({ hostname, port: at, path: target, headers }, (answer) => {
      const parts = []
      answer.on('data', (part) => parts.push(part))
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(parts).toString() }))
    }).on('error', reject)
  })
}

const short = {
  async commands(sandbox) {
    const result = await sandbox.commands.run('echo out; echo err >&2')
    assert.deepEqual([result.stdout, result.stderr, result.exitCode], ['out\n', 'err\n', 0])
    await assert.rejects(sandbox.commands.run('exit 3'), (error) => error.exitCode === 3)
    const other = await sandbox.commands.run('echo $A $(id -un) $(pwd)', {
      envs: { A: 'a' }, cwd: '/tmp', user: 'root',
    })
    assert.equal(other.stdout, 'a root /tmp\n')
  },
  async background(sandbox) {
    let seen = ''
    const handle = await sandbox.commands.run('read x; echo got $x; sleep 60', {
      background: true, stdin: true, onStdout: (text) => { seen += text },
    })
    await sandbox.commands.sendStdin(handle.pid, 'hello\n')
    await sleep(300)
    assert.equal(seen, 'got hello\n')
    assert.ok((await sandbox.commands.list()).some((process) => process.pid === handle.pid))
    assert.ok(await handle.kill())
    await assert.rejects(handle.wait())
  },
  async timeout(sandbox) {
    await assert.rejects(sandbox.commands.run('sleep 30', { timeoutMs: 1000 }), /time/i)
  },
  async terminal(sandbox) {
    let seen = ''
    const handle = await sandbox.pty.create({
      cols: 80, rows: 24, onData: (data) => { seen += Buffer.from(data).toString() },
    })
    await sandbox.pty.resize(handle.pid, { cols: 101, rows: 30 })
    await sandbox.pty.sendInput(handle.pid, Buffer.from('sleep 0.2; stty size; exit 0\n'))
    await handle.wait()
    assert.match(seen, /30 101/)
  },
  async files(sandbox) {
    await sandbox.files.write('js/a.txt', 'text')
    assert.equal(await sandbox.files.read('js/a.txt'), 'text')
    const bytes = crypto.randomBytes(300_000)
    await sandbox.files.write('js/b', new Blob([bytes]))
    assert.deepEqual(Buffer.from(await sandbox.files.read('js/b', { format: 'bytes' })), bytes)
    assert.deepEqual((await sandbox.files.list('js')).map((entry) => entry.name), ['a.txt', 'b'])
    await sandbox.files.rename('js/a.txt', 'js/c.txt')
    assert.ok(await sandbox.files.exists('js/c.txt'))
    assert.ok(!(await sandbox.files.exists('js/a.txt')))
    assert.ok(await sandbox.files.makeDir('js/d'))
    assert.ok(!(await sandbox.files.makeDir('js/d')))
    await sandbox.files.remove('js')
    await assert.rejects(sandbox.files.read('js/b'))
  },
  async watch(sandbox) {
    await sandbox.files.makeDir('watched')
    const events = []
    const watch = await sandbox.files.watchDir('watched', (event) => { events.push(event) })
    await sandbox.files.write('watched/a', '1')
    await sleep(500)
    await watch.stop()
    assert.equal(events[0].name, 'a')
    assert.match(events[0].type, /create/)
  },
  async ports(sandbox) {
    assert.match((await get(sandbox, 8000)).text, /from the start command/)
    const closed = await get(sandbox, 9999)
    assert.equal(closed.status, 502)
    assert.match(closed.text, /port is not open/)
  },
}

const long = {
  async lists() {
    const mark = String(Date.now())
    const made = [await create({ metadata: { mark } }), await create({ metadata: { mark } })]
    try {
      const pages = Sandbox.list({ query: { metadata: { mark } }, limit: 1 })
      const seen = []
      while (pages.hasNext) {
        seen.push(...(await pages.nextItems()))
      }
      assert.deepEqual(seen.map((one) => one.sandboxId).sort(), made.map((one) => one.sandboxId).sort())
    } finally {
      for (const one of made) {
        await one.kill()
      }
    }
  },
  async lifetimes(sandbox) {
    await sandbox.setTimeout(300_000)
    const info = await sandbox.getInfo()
    const left = info.endAt.getTime() - Date.now()
    assert.ok(left > 290_000 && left <= 300_000, String(left))
    const again = await Sandbox.connect(sandbox.sandboxId)
    assert.equal((await again.commands.run('echo x')).stdout, 'x\n')
    const brief = await Sandbox.create(template, { timeoutMs: 3000 })
    assert.ok(await brief.isRunning())
    await sleep(4500)
    assert.ok(!(await brief.isRunning()))
    await brief.kill()
    await assert.rejects(Sandbox.connect(brief.sandboxId))
  },
  async variables() {
    const one = await create({ envs: { GIVEN: 'x' } })
    try {
      assert.equal((await one.commands.run('echo $GIVEN')).stdout, 'x\n')
    } finally {
      await one.kill()
    }
  },
  async streams(sandbox) {
    const seen = []
    const result = await sandbox.commands.run('for i in 1 2 3; do echo $i; sleep 0.2; done; echo end >&2', {
      onStdout: (text) => { seen.push(text) },
    })
    assert.equal(seen.join(''), '1\n2\n3\n')
    assert.ok(seen.length > 1, String(seen))
    assert.equal(result.stderr, 'end\n')
  },
  async kill(sandbox) {
    const handle = await sandbox.commands.run('sleep 60', { background: true })
    assert.ok(await sandbox.commands.kill(handle.pid))
    await assert.rejects(handle.wait(), (error) => error.exitCode === -1 && /killed/.test(error.error))
    assert.ok(!(await sandbox.commands.kill(999_999)))
  },
  async names(sandbox) {
    const names = ['a b', '$(touch x)', 'quote\'"', '-rf', 'back\\slash', 'ünïcode', 'new\nline', '*']
    for (const one of names) {
      await sandbox.files.write(`js-odd/${one}`, one)
    }
    assert.deepEqual((await sandbox.files.list('js-odd')).map((entry) => entry.name).sort(), names.sort())
    for (const one of names) {
      assert.equal(await sandbox.files.read(`js-odd/${one}`), one)
    }
    const info = await sandbox.files.getInfo('js-odd/a b')
    assert.deepEqual([info.name, info.size, info.owner], ['a b', 3, 'user'])
  },
  async paused() {
    const one = await create()
    try {
      await one.files.write('/tmp/kept', 'kept')
      await (one.pause ?? one.betaPause).call(one)
      await assert.rejects(one.commands.run('true'))
      const again = await Sandbox.connect(one.sandboxId)
      assert.equal(await again.files.read('/tmp/kept'), 'kept')
    } finally {
      await one.kill()
    }
  },
  async unserved() {
    await assert.rejects(create({ network: { denyOut: ['8.8.8.8'] } }), /does not serve/)
    const isolated = await create({ allowInternetAccess: false })
    try {
      assert.equal((await isolated.commands.run('ls /sys/class/net')).stdout, 'lo\n')
    } finally {
      await isolated.kill()
    }
  },
  async output(sandbox) {
    const size = large ? 100_000_000 : 5_000_000
    const result = await sandbox.commands.run(`head -c ${size} /dev/zero | tr '\\0' x`, { timeoutMs: 300_000 })
    assert.equal(result.stdout.length, size)
  },
  async addresses(sandbox) {
    await sandbox.files.write('signed', 'by address')
    const answer = await fetch(await sandbox.downloadUrl('signed'))
    assert.equal(await answer.text(), 'by address')
  },
  async largeFile(sandbox) {
    const bytes = crypto.randomBytes(large ? 200_000_000 : 8_000_000)
    await sandbox.files.write('large', new Blob([bytes]), { requestTimeoutMs: 300_000 })
    const digest = crypto.createHash('sha256').update(bytes).digest('hex')
    assert.match((await sandbox.commands.run('sha256sum large')).stdout, new RegExp(digest))
    const read = await sandbox.files.read('large', { format: 'bytes', requestTimeoutMs: 300_000 })
    assert.equal(crypto.createHash('sha256').update(read).digest('hex'), digest)
  },
}

async function main() {
  const cases = Object.entries(all ? { ...short, ...long } : short)
  const failed = []
  const sandbox = await create()
  try {
    for (const [label, run] of cases) {
      if (wanted.length && !wanted.some((word) => label.includes(word))) {
        continue
      }
      try {
        await run(sandbox)
        console.log(`ok ${name} ${label}`)
      } catch (error) {
        failed.push(label)
        console.log(`FAILED ${name} ${label}`)
        console.error(error)
      }
    }
  } finally {
    await sandbox.kill()
  }
  console.log(`${name}: ${failed.length} failed${failed.length ? ': ' + failed.join(', ') : ''}`)
  process.exit(failed.length ? 1 : 0)
}

main()
