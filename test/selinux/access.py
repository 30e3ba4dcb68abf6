"""Asks a policy who may do what: access.py POLICY TABLE. It reads the policy once, which takes
longer than all questions."""

import sys

from setools import SELinuxPolicy, TERuleQuery


def main(policy_file, table):
    policy = SELinuxPolicy(policy_file)
    asked = wrong = 0
    with open(table, encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if not words or words[0] == "#":
                continue
            source, target, kind, permission, want = words
            rules = list(TERuleQuery(policy, ruletype=["allow"], source=source, target=target,
                                     tclass=[kind], perms=[permission]).results())
            asked += 1
            if bool(rules) != (want == "yes"):
                wrong += 1
                print("wrong:", line.strip(), *rules, sep="\n  ")
    starts = list(TERuleQuery(policy, ruletype=["type_transition"], source="init_t",
                              target="motpd_exec_t", tclass=["process"],
                              default="motpd_t").results())
    if not starts:
        wrong += 1
        print("wrong: systemd starts motpd in no domain of its own")
    print(f"selinux: {asked} asked, {wrong} wrong")
    return 0 if asked and not wrong else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
