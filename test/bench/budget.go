package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// budgetFile holds, for each way, the number of instructions that a login may take. Who makes it
// take more on purpose changes the number, and says why.
const budgetFile = "test/bench/budget"

// sealedMore is how many percent more a login may take where secrets are sealed.
const sealedMore = 3

// checkBudget fails if a login takes a tenth more instructions than its budget.
func (b *bench) checkBudget() error {
	text, err := os.ReadFile(budgetFile)
	if err != nil {
		return err
	}
	counted, err := b.countInstructions()
	if err != nil {
		return err
	}
	plain, sealed, err := b.countSealed()
	if err != nil {
		return err
	}
	var over []string
	for _, way := range ways {
		m := regexp.MustCompile(`(?m)^` + way + ` (\d+)$`).FindSubmatch(text)
		if m == nil {
			return fmt.Errorf("%s has no number for %s", budgetFile, way)
		}
		budget, err := strconv.Atoi(string(m[1]))
		if err != nil {
			return err
		}
		n := counted[way]
		fmt.Printf("instructions of one login: %s, budget %s\n", n, thousands(budget))
		if n.all() > budget+budget/10 {
			over = append(over, way)
		}
		all := plain[way].all()
		more := sealed[way].all() - all
		fmt.Printf("where secrets are sealed: %s more than %s, by %s\n", thousands(more),
			thousands(all), way)
		if more*100 > all*sealedMore {
			return fmt.Errorf("a login by %s takes over %d %% more instructions where "+
				"secrets are sealed", way, sealedMore)
		}
	}
	if over != nil {
		return fmt.Errorf("a login by %s takes over a tenth more instructions than %s "+
			"allows", strings.Join(over, " and by "), budgetFile)
	}
	return nil
}
