// Drawing a QR code.

import encodeQR from "qr";

const svg = "http://www.w3.org/2000/svg";
const quiet = 4; // modules of white around it

// draw returns a picture of a text, dark on white whatever the page's colors are.
export function draw(text, label) {
	const rows = encodeQR(text, "raw", { ecc: "low", border: quiet });
	const picture = document.createElementNS(svg, "svg");
	picture.setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
	picture.setAttribute("shape-rendering", "crispEdges");
	picture.setAttribute("role", "img");
	picture.setAttribute("aria-label", label);
	picture.setAttribute("class", "qr");
	const ground = document.createElementNS(svg, "rect");
	ground.setAttribute("width", rows.length);
	ground.setAttribute("height", rows.length);
	ground.setAttribute("fill", "#fff");
	const dark = document.createElementNS(svg, "path");
	let path = "";
	rows.forEach((row, y) => {
		row.forEach((isDark, x) => {
			path += isDark ? `M${x} ${y}h1v1h-1z` : "";
		});
	});
	dark.setAttribute("d", path);
	picture.append(ground, dark);
	return picture;
}
