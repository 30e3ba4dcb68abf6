// Reading QR codes from pictures and frames.

import decodeQR from "qr/decode.js";

// read returns the text of the first code in an image's data, or null. patience is how many
// milliseconds may go into what is found by trying only.
export function read(image, patience) {
	try {
		return decodeQR(image, { timeLimit: patience });
	} catch {
		return null; // there is none, or one that cannot be read
	}
}

// Ways to look at a picture: how many pixels its longer side has, and whether it is turned. What a
// phone's camera makes is larger than need be, a code that fills it is read best from a small one,
// and turned by 45 degrees some are found that were not, as they are tilted or stand on a corner.
export const looks = [
	{ side: 800, isTurned: false },
	{ side: 480, isTurned: true },
	{ side: 1600, isTurned: false },
	{ side: 560, isTurned: true },
	{ side: 400, isTurned: false },
	{ side: 400, isTurned: true },
];

export async function readPicture(file) {
	const bitmap = await createImageBitmap(file);
	try {
		for (const look of looks) {
			const text = read(pixels(bitmap, bitmap.width, bitmap.height, look), 1000);
			if (text !== null) {
				return text;
			}
		}
		return null;
	} finally {
		bitmap.close();
	}
}

let canvas = null;

// pixels draws a source on white, and returns what is on it then.
export function pixels(source, width, height, { side, isTurned }) {
	const shrink = Math.min(1, side / Math.max(width, height));
	const [w, h] = [width, height].map((n) => Math.max(1, Math.round(n * shrink)));
	const diagonal = Math.ceil((w + h) * Math.SQRT1_2);
	canvas ??= document.createElement("canvas");
	canvas.width = isTurned ? diagonal : w;
	canvas.height = isTurned ? diagonal : h;
	const on = canvas.getContext("2d", { willReadFrequently: true });
	on.fillStyle = "#fff";
	on.fillRect(0, 0, canvas.width, canvas.height);
	on.translate(canvas.width / 2, canvas.height / 2);
	if (isTurned) {
		on.rotate(Math.PI / 4);
	}
	on.drawImage(source, -w / 2, -h / 2, w, h);
	const image = on.getImageData(0, 0, canvas.width, canvas.height);
	canvas.width = canvas.height = 0; // so that nothing stays of it
	return image;
}
