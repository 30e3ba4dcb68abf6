package otpverify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/logline"
	"github.com/pam-motp/pam-motp/motp"
)

// A secretRecord is what used codes and failures of one secret are kept in.
//
// Nothing but the secret finds it. The name is as somebody typed it, and many backends of users
// take Alice, ALICE, "alice " and alice@example.org for alice: with a record for each, a code would
// be good once, and eight guesses free, in every spelling. So the first call with a secret chooses
// a record, by the name typed then, which "--unlock" takes; and a link notes the choice for good.
// No two secrets have one record. If a link is lost, the index leads there again.
//
// A link is called by the secret's hash. It tells no more than the records do, which know their
// secrets by a hash, too: which of them are the same, and, to a thief of a copy, whether he guessed
// one right. The folder is closed to all but the user who has the secrets anyway.
type secretRecord struct {
	name string

	// floor is a step: codes up to there may have been used under another name, before the
	// link.
	floor int64
}

// recordOf finds the record of the user's secret, or chooses one.
func (c Call) recordOf(
	ctx context.Context, u motp.User, env Env,
) (secretRecord, error) {
	x := c.index(env.Log)
	hash := secretHash(u.Tokens[0].Secret)
	link := filepath.Join(x.folder, hash)
	if r, err := readRecordLink(link); !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	if err := x.ensure(ctx); err != nil {
		return secretRecord{}, err
	}
	r, err := x.choose(ctx, u, hash, env.Now())
	if err != nil {
		return secretRecord{}, err
	}
	if err := x.add(string(u.Tokens[0].Fingerprints()[0]), r.name); err != nil {
		return secretRecord{}, err
	}
	err = os.Symlink(strconv.FormatInt(r.floor, 10)+":"+motp.EncodeName(r.name), link)
	if errors.Is(err, fs.ErrExist) {
		r, err = readRecordLink(link) // another call was quicker
	}
	if err != nil {
		return secretRecord{}, err
	}
	return r, syncFolder(x.folder)
}

func secretHash(secret string) string {
	sum := sha256.Sum256([]byte("pam_motp otpverify\x00" + secret))
	return hex.EncodeToString(sum[:16])
}

func readRecordLink(link string) (secretRecord, error) {
	target, err := os.Readlink(link)
	if err != nil {
		return secretRecord{}, err
	}
	number, file, _ := strings.Cut(target, ":")
	floor, err := strconv.ParseInt(number, 10, 64)
	name, ok := recordName(file)
	if err != nil || !ok {
		return secretRecord{}, linkDamaged(link)
	}
	return secretRecord{name, floor}, nil
}

// linkDamaged is the error for a link that says nothing: with it, motp.ErrCorrupt.
func linkDamaged(link string) error {
	return fmt.Errorf("%s is damaged: remove it (%w)", link, motp.ErrCorrupt)
}

// recordName undoes motp.EncodeName. What it does not make is no record.
func recordName(file string) (name string, ok bool) {
	name, err := url.PathUnescape(file)
	return name, err == nil && name != "" && motp.EncodeName(name) == file
}

// covers says whether a code is right, but no newer than the record's floor.
func (r secretRecord) covers(token motp.Token, typed string, now time.Time) bool {
	middle, reach := token.Step(now), motp.DefaultPolicy.Reach(token)
	steps := token.Match(typed, middle-reach, middle+reach)
	return len(steps) > 0 && slices.Max(steps) <= r.floor
}

// verify checks a code against the record of its secret. why is for the log.
func (c Call) verify(
	ctx context.Context, u motp.User, typed string, env Env,
) (result motp.Result, why string, err error) {
	r, err := c.recordOf(ctx, u, env)
	if err != nil {
		return motp.Result{}, "", err
	}
	now := env.Now()
	if r.floor > 0 && r.covers(u.Tokens[0], typed, now) {
		why = "no newer than a code that was used under another name, or may have been," +
			" where a record is damaged"
		return motp.Result{Verdict: motp.Old}, why, nil
	}
	if r.name != u.Name {
		why = "counted in the record " + logline.Quote(r.name) + ", which is the " +
			"secret's own"
	}
	u.Name = r.name
	result, err = c.verifier().Verify(ctx, u, typed, now)
	return result, why, err
}

// makeRecords makes the folder of the records, as the script did.
func (c Call) makeRecords() error {
	if err := makeFolder(c.state); err != nil {
		return err
	}
	return makeFolder(c.records())
}

// makeFolder makes a folder that outlives a power cut, if it is missing.
func makeFolder(path string) error {
	err := os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
