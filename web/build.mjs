// Builds the page from src/ into dist/, or into the folder that is named: "make web". The same
// sources give the same bytes.
//
// Script and style stand in the page itself, allowed by their hashes, so that the same file works
// from a server and from disk.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const to = process.argv[2] ?? join(here, "dist");
const source = (name) => readFileSync(join(here, "src", name));

// Browsers of the last three years.
const target = ["chrome108", "firefox110", "safari16"];

const hash = (algorithm, data) => createHash(algorithm).update(data).digest("base64");
const integrity = (data) => `sha384-${hash("sha384", data)}`;

async function bundle(entry, define = {}) {
	const { outputFiles } = await build({
		entryPoints: [join(here, "src", entry)],
		bundle: true,
		minify: true,
		charset: "utf8",
		format: "iife",
		target,
		define,
		legalComments: "none",
		write: false,
	});
	return outputFiles[0].text.trim();
}

function policy(script, style) {
	return [
		"default-src 'none'",
		`script-src '${integrity(script)}'`,
		`style-src '${integrity(style)}'`,
		"img-src 'self' data:", // 'self' for the icons of the manifest
		"manifest-src 'self'",
		"worker-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types motp",
	].join("; ");
}

const icon = source("icons/icon.svg").toString().trim();
const files = new Map([["icon.svg", icon + "\n"]]);
for (const size of [180, 192, 512]) {
	files.set(`icon-${size}.png`, source(`icons/icon-${size}.png`));
}
files.set(
	"manifest.webmanifest",
	JSON.stringify(JSON.parse(source("manifest.json"))) + "\n",
);

// What is in HTML must not end it.
const script = (await bundle("main.js")).replaceAll("</script", "<\\/script");
const style = (
	await transform(source("style.css"), { loader: "css", minify: true, target })
).code.trim();
const parts = {
	POLICY: policy(script, style),
	STYLE: style,
	SCRIPT: script,
	ICON: `data:image/svg+xml,${encodeURIComponent(icon)}`,
};
parts.VERSION = createHash("sha256")
	.update(JSON.stringify([parts, source("page.html").toString()]))
	.digest("hex")
	.slice(0, 12);
const page = source("page.html")
	.toString()
	.replace(/@([A-Z]+)@/g, (_, name) => parts[name]);
files.set("index.html", page);

// The worker knows the page by its folder.
const known = [...files].map(([name, data]) => [
	name === "index.html" ? "./" : name,
	integrity(data),
]);
const sums = Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1)));
const all = JSON.stringify(sums);
files.set(
	"worker.js",
	(await bundle("worker/worker.js", {
		FILES: all,
		VERSION: JSON.stringify(createHash("sha256").update(all).digest("hex").slice(0, 12)),
	})) + "\n",
);

// What is not ours, and what it may be used for. The page does not need it.
const licenses = ["@noble/hashes/LICENSE", "qr/LICENSE-MIT"].map(
	(name) => `${name}\n\n${readFileSync(join(here, "node_modules", name)).toString().trim()}\n`,
);
files.set("licenses.txt", licenses.join("\n\n"));

rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
let sum = 0;
for (const [name, data] of files) {
	writeFileSync(join(to, name), data);
	sum += Buffer.byteLength(data);
}
console.log(`${files.size} files, ${sum} bytes, version ${parts.VERSION}`);
