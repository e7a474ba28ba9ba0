// Builds templates with an official SDK for JavaScript, as client.py does with those for Python.
//
//     node client.js MODULE NAME URL DIRECTORY MODULES
//
// `MODULES` is the directory in which npm has installed the SDKs.
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { createRequire } = require('node:module')

const [module_, name, apiUrl, fileContextPath, modules] = process.argv.slice(2)
const { Template } = createRequire(path.resolve(modules, 'anything.js'))(module_)
const options = { apiKey: process.env.SBX_CLIENTS_KEY, apiUrl }
const source = fs.readFileSync(__filename, 'utf8').split('\n')

const template = () =>
  Template({ fileContextPath })
    // Novita's SDK would ask a registry for the image's configuration.
    .fromImage('debian:12', undefined, { inheritConfig: false })
    .setEnvs({ TEMPLATE: name, GREETING: 'hello' })
    .runCmd('echo one; sleep 2; echo two >&2')
    .setUser('root')
    .runCmd('useradd --create-home worker && install -d -o worker /srv/app')
    .copy('files', '/srv/app/files', { user: 'worker', mode: 0o640 })
    .setWorkdir('/srv/app')
    .setUser('worker')
    .runCmd('echo "$GREETING from $(whoami) in $(pwd)" >context')

const served = () => {
  const start = 'echo "serving $GREETING"; pwd >/srv/app/started; exec sleep 1000'
  return template().setStartCmd(start, 'test -s /srv/app/started')
}

const failing = () =>
  template()
    .runCmd('echo before; exit 7') // it fails here
    .runCmd('echo never')

const child = () =>
  Template().fromTemplate(name).runCmd('cat context; echo "$GREETING" >~/inherited')

// The line of this file that a stack of calls leads to first.
function place(stack) {
  const at = /client\.js:(\d+)/.exec(stack)
  return at ? source[Number(at[1]) - 1].trim() : ''
}

async function build(made, name) {
  const lines = []
  const begun = process.hrtime.bigint()
  const onBuildLogs = ({ level, message }) => {
    const at = Number(process.hrtime.bigint() - begun) / 1e9
    lines.push({ at, level, message })
  }
  try {
    const built = await Template.build(made, name, { onBuildLogs, ...options })
    return { lines, template: built.templateId, build: built.buildId }
  } catch (error) {
    const kind = error.constructor.name
    return { lines, error: { kind, message: error.message, place: place(error.stack) } }
  }
}

async function status(made, name) {
  const started = await Template.buildInBackground(made, name, options)
  for (;;) {
    const { status, reason } = await Template.getBuildStatus(started, options)
    if (status !== 'waiting' && status !== 'building') {
      const complaints = reason.logEntries.map((entry) => entry.message)
      return { status, step: reason.step, message: reason.message, complaints }
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function main() {
  const first = await build(served(), name)
  const again = await build(served(), name)
  const failed = await build(failing(), `${name}-failing`)
  const seen = {
    first,
    again,
    failed,
    status: await status(failing(), `${name}-failing`),
    child: await build(child(), `${name}-child`),
  }
  process.stdout.write(JSON.stringify(seen))
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
