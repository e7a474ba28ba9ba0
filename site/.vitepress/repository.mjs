import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** The URL of the repository, which is written down in `Cargo.toml` alone. */
export const repository = readFileSync(`${root}/Cargo.toml`, 'utf8').match(
  /^repository = "(.*)"$/m,
)[1]
