// Drives the local platform with the official JavaScript SDKs.
//
//     node tests/clients/js_sdks.js URL DIRECTORY MODULES
//
// needs `e2b` and `novita-sandbox` from npm in the directory MODULES, a running `sbx serve` that
// asks for the key in `SBX_CLIENTS_KEY`, and a directory that tree.py has filled. Outcomes go to
// the file that `SBX_CLIENTS_REPORT` names, for report.py.
'use strict'
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { createRequire } = require('node:module')

const [apiUrl, fileContextPath, modules] = process.argv.slice(2)
const load = createRequire(path.resolve(modules, 'anything.js'))
const apiKey = process.env.SBX_CLIENTS_KEY
const options = { apiKey, apiUrl }
const wrong = { apiKey: apiKey.slice(0, -1) + '1', apiUrl }

async function does(client, operation, call) {
  let why = null
  try {
    await call()
  } catch (error) {
    why = `${error.name}: ${error.message}`
    console.error(error)
  }
  const outcome = JSON.stringify({ client, operation, why })
  fs.appendFileSync(process.env.SBX_CLIENTS_REPORT, outcome + '\n')
}

// Expects an error that says each of the texts.
async function refused(call, ...texts) {
  let error
  try {
    await call()
  } catch (caught) {
    error = caught
  }
  assert(error, `a refusal was expected: ${texts}`)
  for (const text of texts) {
    assert(error.message.includes(text), `expected ${text} in ${error.message}`)
  }
}

// The calls that both SDKs have.
async function common(client, sdk) {
  const { Template } = sdk
  const name = 'sdk-' + client.toLowerCase().replace(' ', '-')
  const image = (template) => template.fromImage('python:3.12', undefined, { inheritConfig: false })
  const whole = () =>
    image(Template({ fileContextPath }))
      .setEnvs({ A: '1' })
      .copy('app.py', '/srv/app.py')
      .copy('*.log', '/srv/logs/')
      .copy('src', '/srv/src')
      .runCmd('echo one && echo two')
      .setWorkdir('/srv')
      .setUser('root')
      .setStartCmd('python app.py', 'sleep 1')
  let lines = []
  const build = (template, name, more = {}) => {
    lines = []
    const onBuildLogs = (entry) => lines.push(entry.message)
    return Template.build(template, name, { onBuildLogs, ...more, ...options })
  }
  const ended = async (started) => {
    for (let n = 0; n < 200; n++) {
      const status = await Template.getBuildStatus(started, options)
      if (status.status !== 'waiting' && status.status !== 'building') return status
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('the build does not end')
  }
  const tags = async () => {
    const tags = await Template.getTags(name, options)
    return Object.fromEntries(tags.map((tag) => [tag.tag, tag.buildId]))
  }
  const plain = () => image(Template()).runCmd('true')

  let built
  await does(client, 'build, log to its end', async () => {
    built = await build(whole(), `${name}:v1`, { tags: ['Latest'], cpuCount: 4, memoryMB: 2048 })
    assert.equal(built.templateId.length, 20)
    const log = lines.join('\n')
    for (const expected of [
      '[base] FROM python:3.12',
      'COPY app.py /srv/app.py',
      'archive: 1 file, 15 bytes; agrees with its hash',
      'archive: 3 files,',
      '[finalize] START python app.py',
      'Build finished',
    ]) {
      assert(log.includes(expected), `${expected} is missing in:\n${log}`)
    }
  })
  await does(client, 'build again, archives present', async () => {
    const again = await build(whole(), name)
    assert.equal(again.templateId, built.templateId)
    assert(lines.some((line) => line.includes('already cached')), lines.join('\n'))
  })
  await does(client, 'build in the background', async () => {
    const started = await Template.buildInBackground(whole(), name, options)
    const status = await ended(started)
    assert.equal(status.status, 'ready')
    const rest = await Template.getBuildStatus(started, { logsOffset: 3, ...options })
    const messages = (status) => status.logEntries.map((entry) => entry.message)
    assert.deepEqual(messages(rest), messages(status).slice(3))
    assert.equal((await tags()).default, started.buildId)
  })
  const long = (steps) => async () => {
    let template = image(Template())
    for (let n = 0; n < steps; n++) template = template.runCmd(`echo line ${n}`)
    await build(template, `${name}-long`)
    const told = lines.filter((line) => line.includes('echo line'))
    assert.deepEqual(
      told.map((line) => Number(line.split(' ').at(-1))),
      [...Array(steps).keys()]
    )
  }
  await does(client, 'log of 80 steps', long(80))
  if (client === 'e2b JS') await does(client, 'log of 250 steps', long(250))
  await does(client, 'build from a template', async () => {
    await build(Template().fromTemplate(`${name}:v1`).runCmd('true'), `${name}-child`)
    assert(lines.some((line) => line.includes(`FROM TEMPLATE ${name}:v1`)), lines.join('\n'))
  })
  await does(client, 'exists', async () => {
    assert.equal(await Template.exists(name, options), true)
    assert.equal(await Template.exists(`${name}-none`, options), false)
  })
  await does(client, 'list tags', async () => {
    const { v1, latest } = await tags()
    assert.equal(v1, built.buildId)
    assert.equal(latest, built.buildId)
  })
  await does(client, 'assign tags', async () => {
    const assigned = await Template.assignTags(`${name}:v1`, ['stable', 'v1.0'], options)
    assert.equal(assigned.buildId, built.buildId)
    assert.deepEqual([...assigned.tags].sort(), ['stable', 'v1.0'])
    assert.equal((await tags()).stable, built.buildId)
  })
  await does(client, 'remove tags', async () => {
    await Template.removeTags(name, ['latest', 'v1.0'], options)
    assert.deepEqual(Object.keys(await tags()).sort(), ['default', 'stable', 'v1'])
  })

  const fails = (operation, name, text, more) =>
    does(client, operation, () => refused(() => build(plain(), name, more), text))
  await fails('refused: name', 'no name', 'invalid template ID: no name')
  await fails('refused: namespace', 'somebody/else', 'must match your team')
  await fails('refused: tag', name, "invalid tag 'a b'", { tags: ['a b'] })
  await fails('refused: CPU', name, 'must be at most 32', { cpuCount: 33 })
  await fails('refused: memory', name, 'must be at least 128 MiB', { memoryMB: 64 })
  const calls = (operation, call, text) => does(client, operation, () => refused(call, text))
  await calls(
    "refused: default tag's end",
    () => Template.removeTags(name, ['default'], options),
    'Cannot delete'
  )
  await calls(
    'refused: tag of nothing',
    () => Template.assignTags(`${name}:none`, ['x'], options),
    'not found'
  )
  await calls(
    'refused: unknown template',
    () => Template.getTags('sdk-nothing', options),
    'not found'
  )
  await calls('refused: wrong key', () => Template.getTags(name, wrong), 'Invalid API key')
  await does(client, 'failed: unknown base', async () => {
    const orphan = () => Template().fromTemplate('sdk-nothing').runCmd('true')
    await refused(() => build(orphan(), `${name}-child`), "template 'sdk-nothing' not found")
    const status = await ended(
      await Template.buildInBackground(orphan(), `${name}-child`, options)
    )
    assert.equal(status.status, 'error')
    assert.equal(status.reason.step, 'base')
  })
  return { name, built }
}

async function e2b() {
  const sdk = load('e2b')
  const client = 'e2b JS'
  const { name, built } = await common(client, sdk)
  // What its Template class does not offer, through the client that it is made of.
  const { api } = new sdk.ApiClient(new sdk.ConnectionConfig(options))
  const byId = { params: { path: { templateID: built?.templateId } } }
  await does(client, 'list', async () => {
    const first = await api.GET('/v2/templates', { params: { query: { limit: 1 } } })
    const nextToken = first.response.headers.get('x-next-token')
    assert(nextToken, 'there are two templates at least')
    const rest = await api.GET('/v2/templates', { params: { query: { nextToken } } })
    const found = [...first.data, ...rest.data].find((one) => one.templateID === built.templateId)
    assert.deepEqual(found.names, [`local/${name}`])
    assert.equal(found.buildStatus, 'ready')
  })
  await does(client, 'show', async () => {
    const { data } = await api.GET('/templates/{templateID}', byId)
    assert.equal(data.builds.at(-1).buildID, built.buildId)
    assert.equal(data.builds.at(-1).memoryMB, 2048)
  })
  for (const [operation, isPublic] of [['publish', true], ['unpublish', false]]) {
    await does(client, operation, async () => {
      const body = { public: isPublic }
      const { data } = await api.PATCH('/v2/templates/{templateID}', { ...byId, body })
      assert.deepEqual(data.names, [`local/${name}`])
      const details = await api.GET('/templates/{templateID}', byId)
      assert.equal(details.data.public, isPublic)
    })
  }
  await does(client, 'delete', async () => {
    for (const templateID of [built.templateId, `${name}-child`, `${name}-long`]) {
      const { response } = await api.DELETE('/templates/{templateID}', {
        params: { path: { templateID } },
      })
      assert.equal(response.status, 204)
    }
    assert.equal(await sdk.Template.exists(name, options), false)
    assert.equal((await api.DELETE('/templates/{templateID}', byId)).error.code, 404)
  })
}

async function novita() {
  const sdk = load('novita-sandbox')
  const client = 'novita JS'
  const { name, built } = await common(client, sdk)
  const { Template, TemplateApi } = sdk
  await does(client, 'list', async () => {
    const pages = Template.list({ limit: 1, ...options })
    const first = await pages.nextPage()
    assert.equal(first.templates.length, 1)
    assert(first.total >= 2 && first.totalPages === first.total && pages.hasNext)
    const all = await TemplateApi.listTemplates({ limit: 100, ...options })
    assert(all.templates.some((one) => one.templateId === built.templateId), JSON.stringify(all))
    const snapshots = { templateType: 'snapshot_template', ...options }
    assert.equal((await TemplateApi.listTemplates(snapshots)).total, 0)
  })
  await does(client, 'show', async () => {
    const shown = await Template.get(built.templateId, options)
    assert.equal(shown.templateId, built.templateId)
  })
  await does(client, 'delete', async () => {
    for (const one of [name, `${name}-child`, `${name}-long`]) {
      assert.equal(await TemplateApi.deleteTemplate(one, options), true)
    }
    assert.equal(await TemplateApi.deleteTemplate(name, options), false)
    assert.equal(await Template.exists(name, options), false)
  })
}

// A promise that fails unseen is the script's own fault.
e2b()
  .then(novita)
  .catch((error) => {
    console.error(error)
    process.exit(1)
  })
