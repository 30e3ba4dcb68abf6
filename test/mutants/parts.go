package main

// parts are the files that are broken, in the order of a login, and how.
var parts = []struct {
	file string
	list []mutant
}{
	{"pam/module.c", moduleC}, {"pam/judge.c", judgeC}, {"pam/dialogue.c", dialogueC},
	{"pam/options.c", optionsC}, {"pam/request.c", requestC}, {"pam/worker.c", workerC},
	{"pam/late.c", lateC},
	{"pam/judge.c", judgeMotpdC}, {"pam/dialogue.c", dialogueMotpdC},
	{"pam/options.c", optionsMotpdC},
	{"pam/request.c", requestMotpdC}, {"pam/resident.c", residentC},
	{"pam/judge.c", judgeThinC}, {"pam/options.c", optionsThinC},
	{"pam/thin/noworker.c", noworkerC},
	{"pam/wire/wire.go", wireMotpdGo}, {"pam/login/login.go", loginMotpdGo},
	{"pam/login/login.go", changeMotpdGo},
	{"internal/resident/accept.go", acceptGo},
	{"internal/resident/connection.go", connectionGo},
	{"internal/resident/caller.go", callerGo},
	{"internal/resident/ticket.go", ticketGo},
	{"internal/resident/judge.go", residentJudgeGo},
	{"internal/resident/listen.go", listenGo}, {"conf/settings.go", mayAskGo},
	{"pam/failure.c", failureC}, {"pam/account.c", accountC},
	{"pam/wire/wire.go", wireGo}, {"pam/login/options.go", optionsGo},
	{"pam/login/login.go", loginGo}, {"pam/login/attempt.go", attemptGo},
	{"pam/login/ignore.go", ignoreGo}, {"pam/login/excuses.go", excusesGo},
	{"pam/login/field.go", fieldGo}, {"pam/login/changepin.go", changePINGo},
	{"pam/login/enrol.go", loginEnrolGo}, {"pam/login/choice.go", choiceGo},
	{"pam/login/find.go", findGo},
	{"conf/settings.go", namesSettingGo}, {"pam/remote/remote.go", remoteGo},
	{"internal/resident/socket.go", residentSocketGo},
	{"internal/resident/judge.go", residentAccountGo},
	{"pam/dialogue.c", dialogueAccountC},
	{"internal/logline/logline.go", loglineGo},
	{"conf/absence.go", absenceGo}, {"conf/trace.go", traceGo},
	{"conf/lines.go", linesGo}, {"conf/open.go", openGo}, {"conf/conf.go", confGo},
	{"conf/sections.go", sectionsGo}, {"conf/ini.go", iniGo},
	{"conf/columns.go", columnsGo}, {"conf/values.go", valuesGo},
	{"conf/paper.go", paperConfGo},
	{"conf/settings.go", settingsGo}, {"conf/keys.go", keysGo},
	{"conf/secret.go", secretGo}, {"conf/stamp.go", stampGo},
	{"conf/kept.go", keptGo}, {"conf/keptindex.go", keptindexGo},
	{"motp/mobile.go", mobileGo}, {"motp/oath.go", oathGo},
	{"motp/validate.go", validateGo}, {"motp/window.go", windowGo},
	{"motp/memory.go", memoryGo},
	{"motp/reading.go", readingGo}, {"motp/grace.go", graceGo},
	{"motp/judge.go", judgeGo}, {"motp/replay.go", replayGo},
	{"motp/resync.go", resyncGo}, {"motp/verify.go", verifyGo},
	{"motp/ownpin.go", ownPINGo}, {"motp/pinchange.go", pinChangeGo},
	{"internal/seal/seal.go", sealGo}, {"internal/seal/keys.go", sealKeysGo},
	{"internal/seal/ring.go", sealRingGo}, {"conf/sealed.go", sealedGo},
	{"conf/reseal.go", resealGo}, {"motp/seal.go", motpSealGo},
	{"motp/paper.go", paperGo}, {"motp/paperuse.go", paperUseGo},
	{"motp/judge.go", paperJudgeGo}, {"motp/ownpin.go", paperPINGo},
	{"motp/reading.go", paperReadingGo}, {"motp/pinchange.go", paperPINChangeGo},
	{"motp/resync.go", paperSyncGo}, {"motp/useup.go", paperUseUpGo},
	{"motp/verify.go", paperVerifyGo}, {"motp/recordcodec.go", paperCodecGo},
	{"motp/invitation.go", invitationGo}, {"motp/enrolment.go", enrolmentGo},
	{"motp/record.go", recordGo}, {"motp/store.go", seamGo},
	{"motp/files/image.go", imageGo}, {"motp/recordcodec.go", codecGo},
	{"motp/files/recordfile.go", recordFileGo},
	{"motp/files/store.go", storeGo}, {"motp/files/folder.go", folderGo},
	{"motp/files/stranger.go", strangerGo}, {"motp/files/queue.go", queueGo},
	{"motp/files/force.go", forceGo}, {"motp/name.go", nameGo},
	{"internal/importers/pskccipher.go", pskcCipherGo},
	{"internal/importers/pskcxml.go", pskcXMLGo},
	{"internal/importers/owners.go", ownersGo},
	{"internal/importers/settle.go", settleGo}, {"internal/importers/csv.go", csvGo},
	{"internal/importers/otpauth.go", otpauthGo},
	{"internal/importers/aegiscipher.go", aegisCipherGo},
	{"internal/importers/stratumcipher.go", stratumCipherGo},
	{"internal/importers/picture/picture.go", pictureGo},
	{"internal/exporters/exporters.go", exportersGo},
	{"web/src/engine/code.js", webEngineCodeJS},
	{"web/src/engine/uri.js", webEngineUriJS},
	{"web/src/engine/names.js", webEngineNamesJS},
	{"web/src/store/db.js", webStoreDbJS},
	{"web/src/store/vault.js", webStoreVaultJS},
	{"web/src/store/seal.js", webStoreSealJS},
	{"web/src/store/transfer.js", webStoreTransferJS},
	{"web/src/ui/app.js", webUiAppJS},
	{"web/src/ui/screens/code.js", webUiCodeJS},
	{"web/src/ui/screens/scan.js", webUiScanJS},
	{"web/src/ui/screens/review.js", webUiReviewJS},
	{"web/src/ui/screens/import.js", webUiImportJS},
	{"web/src/ui/passphrase.js", webUiPassphraseJS},
	{"web/src/ui/place.js", webUiPlaceJS},
	{"web/src/ui/screens/welcome.js", webUiWelcomeJS},
	{"web/src/worker/worker.js", webWorkerWorkerJS},
	{"web/build.mjs", webBuildMJS},
}

// mutants are all breakages.
func mutants() []mutant {
	var all []mutant
	for _, part := range parts {
		for _, m := range part.list {
			m.file = part.file
			all = append(all, m)
		}
	}
	return all
}
