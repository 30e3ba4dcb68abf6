// German.

export const itself = "Deutsch";

export const words = {
	title: "Motp-Token",
	back: "Zurück",
	more: "Mehr",
	next: "Weiter",
	save: "Speichern",
	saved: "Gespeichert.",
	begin: "Anfangen",
	failed: "Das ging nicht ({what}). Es wurde nichts geändert.",

	plainHTTP:
		"Diese Seite wurde über einfaches HTTP geöffnet. Dort geben Browser einer Seite keine Kryptografie, keine Kamera und keinen Betrieb ohne Netz. Öffnen Sie sie über HTTPS; gibt es keine solche Adresse, fragen Sie den Betreiber des Servers danach.",
	noCrypto:
		"Dieser Browser gibt der Seite keine Kryptografie (WebCrypto); sie könnte kein Geheimnis bewahren. Öffnen Sie die Seite in einem aktuellen Browser.",
	noStorage:
		"Dieser Browser gibt der Seite keinen Speicher. Das kann an einem privaten Fenster oder am Blockierungsmodus liegen: Öffnen Sie die Seite in einem normalen Fenster, oder nehmen Sie sie vom Blockierungsmodus aus.",
	newer:
		"Was hier gespeichert ist, stammt von einer neueren Version dieser Seite. Öffnen Sie jene, oder laden Sie diese Seite neu, sobald der Server sie hat.",
	framed:
		"Diese Seite wird in einer anderen angezeigt, die sie beobachten oder verdecken könnte. Öffnen Sie sie unter ihrer eigenen Adresse.",

	welcomeText:
		"Ein Token für die Tasche: Er macht Einmalpasswörter, arbeitet ohne Netz und sendet niemandem etwas.",
	keepTitle: "Wie Ihre Geheimnisse bewahrt werden",
	keepPassphrase:
		"Mit Passphrase: Wer das Gerät findet oder kopiert, was darauf ist, kann sie ohne die Passphrase nicht lesen.",
	keepDevice:
		"Ohne: Der Browser bewahrt einen Schlüssel, den keine Seite auslesen kann. Wer das Gerät entsperren kann, kann Ihre Codes machen.",
	keepFile:
		"Von der Festplatte geöffnet braucht die Seite eine Passphrase: Alle so geöffneten Seiten teilen sich einen Speicher.",
	withPassphrase: "Mit Passphrase",
	withoutPassphrase: "Ohne Passphrase",
	welcomeImport:
		"Sie haben den Export eines anderen Geräts? Fangen Sie an, und importieren Sie ihn dann unter „Mehr“.",
	installIOS:
		"Zuerst installieren: Tippen Sie auf „Teilen“, dann auf „Zum Home-Bildschirm“, und machen Sie in der installierten App weiter. Sie hat einen eigenen Speicher; den eines Tabs leert Safari nach sieben Tagen ohne Besuch.",
	installFirst:
		"Installieren Sie zuerst, und machen Sie in der installierten App weiter: Sie startet wie jede andere und arbeitet ohne Netz.",
	install: "Installieren",
	remindInstall: "Diese Seite kann als App installiert werden.",

	passphrase: "Passphrase",
	passphraseAgain: "Noch einmal dieselbe",
	passphraseHint: "Mindestens 8 Zeichen. Vier zufällige Wörter sind gut und leicht zu tippen.",
	passphraseText:
		"Sie wird bei jedem Öffnen des Tokens verlangt. Niemand kann sie Ihnen nennen oder neu setzen: Ohne sie bringt nur ein Export Ihre Profile zurück.",
	passphraseShort: "Die Passphrase braucht mindestens {least} Zeichen.",
	passphraseWeak: "Das sind immer dieselben wenigen Zeichen: Nehmen Sie eine bessere.",
	passphraseDiffers: "Die beiden Passphrasen sind nicht gleich.",
	passphraseWrong: "Das ist nicht die Passphrase.",

	lock: "Sperren",
	lockedTitle: "Gesperrt",
	lockedText: "Ihre Profile sind mit Ihrer Passphrase versiegelt.",
	lockedElsewhere: "Der Schlüssel wurde in einem anderen Fenster geändert: Entsperren Sie noch einmal.",
	unlock: "Entsperren",

	profiles: "Profile",
	empty: "Noch kein Profil. Fügen Sie das hinzu, das Ihr Administrator angelegt hat, oder machen Sie selbst eines.",
	add: "Hinzufügen",
	damaged: {
		one: "Ein Profil lässt sich nicht öffnen: Seine Daten sind beschädigt. Ein Import bringt es zurück.",
		other: "{n} Profile lassen sich nicht öffnen: Ihre Daten sind beschädigt. Ein Import bringt sie zurück.",
	},
	remindExport:
		"Es gibt Änderungen, die in keinem Export sind. Ohne Export ist der Token mit dem Gerät verloren.",
	exportNow: "Exportieren",
	newVersion: "Eine neue Version dieser Seite ist bereit.",
	useNew: "Jetzt verwenden",
	storageLost:
		"Der Browser hat den Speicher dieser Seite geleert, und mit ihm die Profile. Fangen Sie neu an, und importieren Sie einen Export.",

	addTitle: "Profil hinzufügen",
	add_camera: "QR-Code scannen",
	add_camera_hint: "Mit der Kamera",
	add_picture: "Bild öffnen",
	add_picture_hint: "Ein Foto oder Bildschirmfoto eines QR-Codes",
	add_link: "Adresse einfügen",
	add_link_hint: "motp://… oder otpauth://…",
	add_keyboard: "Geheimnis eintippen",
	add_keyboard_hint: "So, wie Sie es bekommen haben",
	add_spark: "Neues Geheimnis machen",
	add_spark_hint: "Hier; der Server lernt es danach",
	cameraPicture: "Was die Kamera sieht",
	cameraStarting: "Die Kamera startet…",
	cameraHint: "Richten Sie die Kamera auf den QR-Code.",
	cameraAsks: "iOS fragt jedes Mal nach der Kamera. Das ist bei installierten Apps normal.",
	cameraRefused:
		"Die Kamera wurde nicht erlaubt. Erlauben Sie sie in den Einstellungen dieser Seite, oder nehmen Sie ein Bild.",
	cameraNone: "Hier gibt es keine Kamera. Fügen Sie das Profil auf einem anderen Weg hinzu.",
	cameraBusy: "Ein anderes Programm benutzt die Kamera. Schließen Sie es, und versuchen Sie es noch einmal.",
	scanNone: "Dieser QR-Code ist kein Token: {why}",
	pictureNone: "Diese Datei ist kein Bild, das der Browser lesen kann.",
	pictureEmpty:
		"In diesem Bild ist kein QR-Code, oder er ist nicht lesbar. Schneiden Sie ihn aus, oder nehmen Sie ein schärferes.",
	pictureLarge: "Dieses Bild ist größer als 50 MB. Schneiden Sie den QR-Code aus.",
	uri: "Adresse",
	uriHint: "Was im QR-Code steht: motp://SITE:USER?secret=… oder otpauth://totp/…",
	uriNone: "Das ist keine Adresse eines Tokens: Sie muss mit motp:// oder otpauth:// beginnen.",
	uriScheme: "Diese Adresse gehört zu keinem Token: Sie muss mit motp:// oder otpauth:// beginnen.",
	uriLong: "Das ist zu lang für die Adresse eines Tokens.",
	uriMigration:
		"Darin sind mehrere Token, wie Googles App sie exportiert. Nehmen Sie den QR-Code jedes Tokens für sich.",
	uriTwice: "Ein Parameter steht in dieser Adresse zweimal.",
	uriUser: "Diese Adresse nennt keinen Benutzer.",
	uriType: "Das ist weder TOTP noch HOTP.",
	uriNoCounter: "Die Adresse dieses HOTP-Tokens hat keinen Zähler.",
	uriKey: "Der Schlüssel in dieser Adresse ist kein Base32.",
	uriSecret: "Diese Adresse enthält kein Geheimnis.",
	uriSecretLong: "Das Geheimnis in dieser Adresse ist zu lang.",
	uriAlgorithm: "Das Verfahren in dieser Adresse ist keines von SHA1, SHA256 und SHA512.",
	uriDigits: "Diese Adresse verlangt Codes mit weniger als 6 oder mehr als 8 Ziffern.",
	uriPeriod: "Die Dauer in dieser Adresse ist keine Zahl von 1 bis 3600 Sekunden.",
	uriCounter: "Der Zähler in dieser Adresse ist keine Zahl von 0 bis 2^62.",
	kind: "Art",
	kindHint: "Ihr Administrator weiß es. Ohne weitere Angabe macht motp add Mobile-OTP.",
	site: "Ort",
	siteHint: "Wo Sie sich anmelden, wie Sie es nennen",
	user: "Benutzer",
	userHint: "Ihr Anmeldename",
	userEmpty: "Das Profil braucht einen Benutzer: Ihren Anmeldenamen.",
	secret: "Geheimnis",
	secretHint_motp:
		"16 oder 32 Stellen, 0-9 und a-f. Große Buchstaben sind nicht dasselbe wie kleine.",
	secretHint_totp: "In Base32: Buchstaben und die Ziffern 2 bis 7",
	secretHint_hotp: "In Base32: Buchstaben und die Ziffern 2 bis 7",
	secretEmpty: "Das Geheimnis fehlt.",
	secretBase32:
		"Das ist kein Base32: Buchstaben und die Ziffern 2 bis 7, so viele, wie Sie bekommen haben.",
	secretSigns: "Ein Geheimnis hat nur Buchstaben, Ziffern und Zeichen aus ASCII.",
	secretLong: "Das Geheimnis ist länger als 256 Byte.",
	tokenWrong: "Diese Einstellungen ergeben keinen Token.",
	settings: "Einstellungen, wo sie nicht die üblichen sind",
	algorithm: "Verfahren",
	digits: "Stellen",
	period: "Sekunden für jeden Code",
	t0: "Unix-Zeit, mit der die Schritte beginnen (t0)",
	counter: "Zähler des nächsten Codes",
	counterWrong: "Der Zähler muss eine Zahl von 0 bis 2^62 sein.",
	periodWrong: "Die Sekunden müssen eine Zahl von 1 bis 3600 sein.",
	t0Wrong: "t0 muss eine Zahl von Sekunden seit 1970 sein.",
	reviewTitle: "Stimmt das?",
	digitsOf: "{n} Stellen",
	secondsOf: "{n} s",
	counterOf: "Zähler {n}",
	twin: "Dieses Geheimnis haben Sie schon:",
	twinOpen: "Jenes öffnen",
	flawShort: "Das Geheimnis ist kurz: Aus wenigen Codes, die jemand sah, ließe es sich finden.",
	flawLength:
		"Das Geheimnis hat nicht 16 oder 32 Stellen. Prüfen Sie es; hat der Server es so, speichern Sie es.",
	flawHex:
		"Das Geheimnis ist nicht hexadezimal (0-9, a-f). Prüfen Sie es; hat der Server es so, speichern Sie es.",
	flawCapitals:
		"Das Geheimnis hat große Buchstaben, und so werden sie benutzt. Passt kein Code, fügen Sie es in kleinen hinzu.",
	makeText: "Das Geheimnis entsteht hier. Sie sehen es einmal, damit der Server es lernt.",
	makeIt: "Machen",
	handOutTitle: "Ihr Geheimnis, dieses eine Mal",
	handOutText:
		"Geben Sie es Ihrem Administrator auf einem sicheren Weg. Es wird nicht noch einmal gezeigt.",
	handOutCommand: "Der Administrator nimmt Sie damit auf",
	handOutQR: "Ein zweites Gerät kann das scannen.",
	qrOf: "QR-Code mit dem Geheimnis",
	seen: "Fertig",

	pin: "PIN",
	pinLetters: "Meine PIN hat Buchstaben",
	pinDigits: "Meine PIN hat nur Ziffern",
	pinEmpty: "Die PIN fehlt.",
	pinLong: "Die PIN ist länger als 64 Byte.",
	pinAgain: "Andere PIN",
	pinBefore: "Haben Sie eine PIN, tippen Sie sie vor dem Code.",
	showCode: "Code zeigen",
	copyCode: "Code kopieren",
	copied: "Kopiert.",
	copyFailed: "Der Browser lässt die Seite nicht kopieren. Tippen Sie den Code ab.",
	secondsLeft: { one: "noch {n} Sekunde", other: "noch {n} Sekunden" },
	nextCode: "Nächster Code",
	nextHint: "Jeder Code wird einmal gemacht.",
	codeNumber: "Code Nummer {n}",

	info: "Info",
	epoch: "Epoch",
	epochHint: "Die Zahl für motp sync Ihres Administrators, wenn kein Code passt",
	time: "Zeit des Tokens",
	zone: "Zeitzone",
	offsetTitle: "Uhr",
	offset: "Korrektur",
	offsetHint:
		"Nur, wenn sich die Uhr des Geräts nicht stellen lässt: 1h, -90s oder 1h0m20s werden dazugezählt.",
	offsetWrong: "Schreiben Sie die Korrektur wie 1h, -90s oder 1h0m20s, höchstens zehn Jahre.",
	rename: "Namen",
	remove: "Entfernen",
	removeText:
		"Das Profil und sein Geheimnis werden von diesem Gerät gelöscht. Der Server kennt es weiterhin.",
	removeSure: "Endgültig entfernen",
	removed: "Entfernt.",

	copies: "Kopien",
	copiesText:
		"Ein Export enthält alle Profile, mit einer Passphrase versiegelt. Importieren Sie ihn auf einem anderen Gerät.",
	export: "Exportieren",
	import: "Importieren",
	exportText: "Die Datei lässt sich nur mit dieser Passphrase öffnen, auf jedem Gerät.",
	exportPassphraseHint: "Mindestens 8 Zeichen. Es darf die dieses Tokens sein oder eine andere.",
	exportMake: "Datei machen",
	exportEmpty: "Es gibt kein Profil zu exportieren.",
	exportReady: {
		one: "Die Datei ist bereit: ein Profil, versiegelt.",
		other: "Die Datei ist bereit: {n} Profile, versiegelt.",
	},
	exportKeep: "Bewahren Sie sie dort auf, wo Sie sie ohne dieses Gerät finden.",
	exported: "Exportiert.",
	share: "Teilen",
	shareFailed: "Der Browser hat die Datei nicht geteilt. Speichern Sie sie.",
	saveFile: "Speichern",
	importText: "Was schon hier ist, bleibt, wie es ist.",
	importFile: "Datei eines Exports",
	importPassphraseLabel: "Passphrase der Datei",
	importIt: "Importieren",
	importNone: "Wählen Sie zuerst eine Datei.",
	importForm: "Diese Datei ist kein Export dieses Tokens, oder sie ist unvollständig.",
	importVersion:
		"Diesen Export hat eine neuere Version dieser Seite gemacht; Sie brauchen sie, um ihn zu lesen.",
	importIterations:
		"Diese Datei verlangt mehr oder weniger PBKDF2-Runden, als ein Export hat (100.000 bis 10.000.000). Sie wurde verändert oder ist keiner.",
	importLarge: "Diese Datei ist größer als jeder Export.",
	importPassphrase: "Das ist nicht die Passphrase dieser Datei, oder die Datei wurde verändert.",
	imported: {
		one: "Importiert: ein Profil. Schon bekannt: {known}.",
		other: "Importiert: {n} Profile. Schon bekannt: {known}.",
	},

	keptByPassphrase: "Ihre Geheimnisse sind mit einer Passphrase versiegelt.",
	keptByDevice:
		"Ihre Geheimnisse sind mit einem Schlüssel versiegelt, den dieser Browser bewahrt und keine Seite auslesen kann. Wer das Gerät entsperren kann, kann Ihre Codes machen.",
	changePassphrase: "Passphrase ändern",
	setPassphrase: "Passphrase setzen",
	dropPassphrase: "Ohne Passphrase weiter",
	dropPassphraseSure: "Wirklich ohne",
	language: "Sprache",
	about: "Über diese Seite",
	aboutText:
		"Ein Token von pam_motp. Geheimnisse und Codes bleiben auf diesem Gerät. Ein böswilliges Update des Servers, von dem diese Seite kommt, könnte sie lesen: Nehmen Sie sie von einem, dem Sie trauen.",
	kept: "Der Browser hat zugesagt, den Speicher dieser Seite nicht von sich aus zu leeren.",
	notKept: "Der Browser darf den Speicher dieser Seite leeren, wenn er Platz braucht: Bewahren Sie einen Export auf.",
	isInstalled: "Als App installiert.",
	version: "Version {v}",
	erase: "Alles löschen",
	eraseText: "Alle Profile werden von diesem Gerät gelöscht.",
	eraseSure: "Endgültig alles löschen",

	sealBroken: "Was hier gespeichert ist, lässt sich nicht öffnen: Es ist beschädigt. Es wurde nichts geändert.",
	goneElsewhere:
		"Dieses Profil wurde in einem anderen Fenster geändert oder entfernt. Gehen Sie zurück, und sehen Sie noch einmal nach.",
	quota: "Auf diesem Gerät ist kein Platz mehr. Es wurde nichts geändert; schaffen Sie Platz, und versuchen Sie es noch einmal.",
	noKeys:
		"Dieser Browser bewahrt keine Schlüssel für Seiten, wie im Blockierungsmodus oder in einem privaten Fenster. Nehmen Sie eine Passphrase.",
};
