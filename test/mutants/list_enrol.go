package main

// Invitations: what may be claimed, and by whom.

var invitationGo = []mutant{
	{
		what: "an expired invitation is good",
		old:  "case now > t.Invitation.Until:",
		new:  "case false:",
	},
	{
		what: "a claimed invitation is good again",
		old:  "case at >= 0 && r.claims[at].state == claimClaimed:",
		new:  "case at >= 0 && r.claims[at].state == claimClaimed && now < 0:",
	},
	{
		what: "a token that is not set up admits",
		old:  "return s == NotInvited || s == Claimed",
		new:  "return s == NotInvited || s == Claimed || s == Invited",
	},
	{
		what: "what may have been claimed is good after a loss",
		old:  "r.settle(u, t, claimBurnt)\n\t}\n}",
		new:  "_ = t\n\t}\n}",
	},
	{
		what: "what was invited is remembered without end",
		old:  "len(all) >= most; {",
		new:  "false; {",
	},
	{
		what: "any text is an invitation",
		old:  "canonical(r.code), r.formed",
		new:  "canonical(r.code), true",
	},
}

var enrolmentGo = []mutant{
	{what: "any invitation will do", old: "if same && ok && t.Invitation.Exists() {",
		new: "if (same || ok) && ok && t.Invitation.Exists() {"},
	{
		what: "an expired invitation is not burnt",
		old:  "r.settle(u, t, claimBurnt)",
		new:  "_ = t",
	},
	{
		what: "an expired invitation of somebody who is locked is not burnt",
		old:  "if r.invitation(t, now.Unix()) == Expired {",
		new: "if r.invitation(t, now.Unix()) == Expired && " +
			"r.refuses(u, now, v.Policy) == Refused {",
	},
	{
		what: "an invitation that is good no more begins",
		old:  "if r.invitation(t, now.Unix()) != Invited {",
		new:  "if false {",
	},
	{
		what: "two claim one invitation",
		old:  "lapsed = r.invitation(u.Tokens[at], e.at.Unix()) != Invited",
		new:  "lapsed = false",
	},
	{
		what: "an invitation is claimed by any code",
		old:  "if verdict == Accepted {\n\t\t\tr.settle",
		new:  "if true {\n\t\t\tr.settle",
	},
	{
		what: "a claim does not set the PIN",
		old:  "r.setPIN(u.Tokens[at], pin)",
		new:  "_ = pin",
	},
	{
		what: "the first code may be another token's",
		old:  "u.Tokens[i].door = doorShut",
		new:  "_ = i",
	},
	{what: "an enrolment lasts for ever", old: " && age <= enrolmentFor", new: ""},
	{what: "an enrolment is of whoever comes", old: "return e.user == user && ",
		new: "return "},
	{what: "an enrolment is of any secret", old: " && e.secret == replacedBy(t) &&",
		new: " &&"},
	{what: "an enrolment is of any invitation", old: "e.invitation == t.Invitation.mark() && ",
		new: ""},
	{
		what: "a token that nobody asked the record about admits",
		old:  "t.door == doorUnknown && !t.Invitation.Exists()",
		new:  "t.door == doorUnknown",
	},
}

var showingGo = []mutant{
	{
		what: "a token that was set up is shown",
		old:  "waits := r.invitation(u.Tokens[at], e.at.Unix()) == Invited",
		new:  "waits := true",
	},
	{
		what: "the token of somebody who is locked is shown",
		old:  "if !waits || r.refuses(u, now, v.Policy) != Refused {",
		new:  "if !waits {",
	},
	{what: "a token is shown anywhere", old: "before.to != to || ", new: ""},
	{
		what: "a token is shown for ever",
		old:  "ago >= int64(shownFor/time.Second)",
		new:  "false",
	},
	{
		what: "a token is shown before it was",
		old:  "ago < -int64(clockSlack/time.Second)",
		new:  "false",
	},
	{
		what: "where a token was shown is forgotten",
		old:  "r.shown = append(r.shown, showing{of, to, now.Unix()})",
		new:  "_ = showing{of, to, now.Unix()}",
	},
	{
		what: "a showing in the table is forgotten",
		old:  "return u.hasInvitation(s.of) })",
		new:  "return !u.hasInvitation(s.of) })",
	},
}

var loginEnrolGo = []mutant{
	{
		what: "a token is shown and nobody is told",
		old:  "err = s.host.Log(priorityNotice, told.attempt(s.req).Line())",
		new:  "_ = told",
	},
	{
		what: "a token that is somebody's by now is shown",
		old:  "ShowEnrolment(s.ctx, user, e.of, s.place(), s.now()); {",
		new:  "ShowEnrolment(s.ctx, user, e.of, s.place(), s.now()); {\n\tcase true:",
	},
	{
		what: "a token is shown at any address",
		old:  "where := s.req.RHost.S",
		new:  "where := \"192.0.2.7\"",
	},
	{
		what: "a token is shown in any service",
		old:  "return s.req.Service.S + \"\\x00\" + where",
		new:  "return where",
	},
	{
		what: "a token is shown at any terminal",
		old:  "where = \"\\x00\" + s.req.TTY.S",
		new:  "where = \"\\x00\"",
	},
	{
		what: "whoever comes second is not told",
		old:  "s.host.Show(styleError, usedElsewhere)",
		new:  "error(nil)",
	},
	{
		what: "a line without the option takes invitations",
		old:  "ok && s.enrol && ",
		new:  "ok && ",
	},
	{
		what: "anybody's program takes invitations",
		old:  " && !s.req.Limited &&",
		new:  " &&",
	},
	{
		what: "no yes is needed",
		old:  "strings.ToLower(strings.TrimSpace(answer.S)) != \"yes\" {",
		new:  "strings.ToLower(answer.S) == \"no\" {",
	},
	{
		what: "an empty answer to yes counts",
		old:  "FailEnrolment(s.ctx, user, typed(answer), s.now())",
		new:  "FailEnrolment(s.ctx, user, \"\\x00\", s.now())",
	},
	{
		what: "PINs are asked for without end",
		old:  "case e.choice.tries >= pinTries:",
		new:  "case false:",
	},
}
