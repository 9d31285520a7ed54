// Runs a wasip1 module: node wasi.mjs MODULE.
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const module = process.argv[2];
const wasi = new WASI({ version: "preview1", args: [module], env: process.env, preopens: { "/": "/" } });
const { instance } = await WebAssembly.instantiate(await readFile(module), wasi.getImportObject());
process.exitCode = wasi.start(instance);
