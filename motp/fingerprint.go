package motp

import "strconv"

// A Fingerprint is what a record knows a secret by. It fits into the name of a file, and does not
// tell the secret.
type Fingerprint string

// Fingerprints returns all that a record may know the token's secret by: one for each version of
// the record, the latest first.
func (t Token) Fingerprints() []Fingerprint {
	if t.Kind() == nil {
		return nil
	}
	return []Fingerprint{
		fingerprint(recordVersion, keyOf(t)), fingerprint(1, v1ID(t, t.Name)),
	}
}

// Fingerprints returns those of the secrets that the record remembers. With them whoever keeps
// records under names that say nothing finds the one that knows a secret.
func (c Current) Fingerprints() (found []Fingerprint, err error) {
	r, err := c.read()
	if err != nil {
		return nil, err
	}
	for _, m := range r.lines {
		found = append(found, fingerprint(recordVersion, m.key))
	}
	for _, m := range r.old {
		found = append(found, fingerprint(1, m.id))
	}
	return found, nil
}

func fingerprint(version int, id uint64) Fingerprint {
	return Fingerprint(strconv.Itoa(version) + "-" + strconv.FormatUint(id, 16))
}
