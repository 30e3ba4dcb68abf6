// The camera, as a source of QR codes.

import { looks, pixels, read } from "./read.js";

const pause = 80; // milliseconds between two looks

// A Scan shows the camera in a video element and calls found with each text, until stop. The same
// text twice in a row is told once.
export class Scan {
	#stream = null;
	#timer = 0;
	#video;
	#found;
	#last = null;
	#isOver = false;
	#frames = 0; // that were looked at

	constructor(video, found) {
		this.#video = video;
		this.#found = found;
	}

	// start asks for the camera. It fails as getUserMedia does.
	async start() {
		const stream = await navigator.mediaDevices.getUserMedia({
			audio: false,
			video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
		});
		if (this.#isOver) {
			release(stream);
			return;
		}
		this.#stream = stream;
		this.#video.srcObject = stream;
		await this.#video.play();
		this.#look();
	}

	#look() {
		if (this.#isOver) {
			return;
		}
		const { videoWidth: width, videoHeight: height } = this.#video;
		let text = null;
		if (width > 0) {
			const look = looks[this.#frames++ % 2];
			text = read(pixels(this.#video, width, height, look), pause);
		}
		if (text !== null && text !== this.#last) {
			this.#last = text;
			this.#found(text);
		}
		this.#timer = setTimeout(() => this.#look(), pause);
	}

	stop() {
		this.#isOver = true;
		clearTimeout(this.#timer);
		if (this.#stream) {
			release(this.#stream);
			this.#video.srcObject = null;
		}
	}
}

function release(stream) {
	for (const track of stream.getTracks()) {
		track.stop();
	}
}
