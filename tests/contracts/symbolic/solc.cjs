#!/usr/bin/env node
// The compiler of npm as the program `solc` that forge calls: `--version`, and `--standard-json` on a pipe.
const fs = require('fs')
const path = require('path')

// The version is read from the package, since forge asks often and the compiler itself takes a second to load.
function version() {
  const numbers = require('solc/package.json').version
  return `solc, the solidity compiler commandline interface\nVersion: ${numbers}+commit.00000000.Linux.g++`
}

function read(name, folders) {
  const found = folders.map(folder => path.resolve(folder, name)).find(file => fs.existsSync(file))
  return found ? { contents: fs.readFileSync(found, 'utf8') } : { error: `no such file: ${name}` }
}

const options = process.argv.slice(2)
if (options.includes('--version')) {
  console.log(version())
} else {
  const base = options.includes('--base-path') ? options[options.indexOf('--base-path') + 1] : process.cwd()
  const answer = require('solc').compile(fs.readFileSync(0, 'utf8'), { import: name => read(name, [base, '/']) })
  process.stdout.write(answer)
}
