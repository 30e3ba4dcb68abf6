// Reading a QR code with the camera.

import { parse } from "../../engine/uri.js";
import { Scan } from "../../qr/camera.js";
import { t } from "../../words/words.js";
import { h } from "../dom.js";
import { explain } from "../explain.js";
import { isInstalled, isIOS } from "../place.js";
import { review } from "./review.js";

export function scan(app) {
	const video = h("video", { muted: true, playsinline: true, "aria-label": t("cameraPicture") });
	video.muted = true;
	const said = h("p", { "aria-live": "polite" }, t("cameraStarting"));
	const running = new Scan(video, (text) => {
		let found;
		try {
			found = parse(text);
		} catch (error) {
			said.textContent = t("scanNone", { why: explain(error) });
			return;
		}
		app.become(review, { found });
	});
	begin(running, said);
	return {
		title: t("add_camera"),
		body: [
			h("div", { class: "finder" }, video),
			said,
			isIOS && isInstalled ? h("p", { class: "hint" }, t("cameraAsks")) : null,
		],
		leave: () => running.stop(),
		hidden() {
			running.stop();
			app.back();
		},
	};
}

async function begin(running, said) {
	if (!navigator.mediaDevices?.getUserMedia) {
		said.textContent = t("cameraNone");
		return;
	}
	try {
		await running.start();
		said.textContent = t("cameraHint");
	} catch (error) {
		said.textContent = explain(error);
	}
}
